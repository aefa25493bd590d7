"""What every event has in common: its base classes, the guard of its free text, and how older versions are read."""
