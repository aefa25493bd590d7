"""Receipts: a paper for the victim with a code, by which any agency takes her word."""
