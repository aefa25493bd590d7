"""Sealing: keys of cases, what is sealed under them, and how they reach an agency and lie on its disk."""
