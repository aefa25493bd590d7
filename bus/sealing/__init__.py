"""Sealing: the keys of cases, content sealed under them, grants of keys to agencies, and the keys' form on disk."""
