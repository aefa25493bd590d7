"""Deadlines: the things that run out, and when."""
