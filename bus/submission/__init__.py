"""Issuing events: from what a caseworker submits to the append to the log."""
