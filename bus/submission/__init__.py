"""Issuing events: from a caseworker's submission to the append to the log."""
