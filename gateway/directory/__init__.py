"""The directory: who is on the bus, and what everybody may know of them."""
