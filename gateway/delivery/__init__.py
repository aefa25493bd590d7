"""Delivers the feed, entry by entry, to what was subscribed: addresses outside the service, and functions inside it."""
