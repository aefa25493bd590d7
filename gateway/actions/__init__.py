"""Actions: what a caller may do in a case as it is now, in plain words."""
