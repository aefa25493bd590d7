"""Openings: which people and systems of this agency opened which case, for those who oversee them."""
