"""The directory: the agencies on the bus, their keys and their duties, folded from the directory's chain in the log."""
