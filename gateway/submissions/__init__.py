"""Submissions: events on their way from a request into the log, and their results."""
