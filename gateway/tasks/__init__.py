"""Tasks: what is left for caseworkers to do."""
