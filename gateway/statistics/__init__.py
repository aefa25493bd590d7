"""Statistics of the national coordinator."""
