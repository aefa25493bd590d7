"""Obligations, which are rows in the store, and the one loop that meets them."""
