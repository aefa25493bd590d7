"""Sweden's areas, the agencies responsible for them, and contacts. An operator may edit a copy of `data/`."""
