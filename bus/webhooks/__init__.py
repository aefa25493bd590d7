"""Webhooks and subscribers: where an agency has its feed told, how far each has come, and what is owed to each."""
