"""Sweden's areas, those responsible there, and their contacts. An operator may edit a copy of `data/`."""
