"""One case at one replica: its chain, its keys, its view, and the effect of an event on them. Pure."""
