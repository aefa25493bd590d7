"""How many presumed victims there are, and in which chapter their cases are, without small numbers."""
