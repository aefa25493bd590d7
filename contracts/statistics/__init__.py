"""Statistics: the numbers of presumed victims and the chapters of their cases, without small numbers."""
