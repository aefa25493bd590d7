"""Tasks: the work that waits for caseworkers."""
