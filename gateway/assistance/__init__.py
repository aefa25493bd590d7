"""Assistance: who can assist in a case as it is now, and which steps would bring more help."""
