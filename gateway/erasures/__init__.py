"""Erasures: what must be erased, and which holders have confirmed that it is gone."""
