"""The mandate: the events that this agency may issue, and the rules that judge them."""
