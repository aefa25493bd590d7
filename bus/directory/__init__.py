"""The directory: the agencies on the bus with their keys and duties, folded from its own chain in the log."""
