"""Webhooks: the feed, sent to addresses that the agency names."""
