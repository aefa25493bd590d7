"""The agency's own broker: the feed on private subjects for the agency's systems, and commands from them."""
