"""Obligations as rows, and the one loop that meets them."""
