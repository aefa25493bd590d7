"""Deadlines: what runs out, and when."""
