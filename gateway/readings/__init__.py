"""Readings: the account of who has read which personal details."""
