"""One case at one replica: its chain, its keys and its view, and how an event changes them. Pure."""
