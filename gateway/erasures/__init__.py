"""Erasures: what was to be erased, and who has confirmed that it is gone."""
