"""Who is on the bus: the directory in the log, and what is said in it with the root key."""
