"""Subscribers: functions of the agency's own that run in the service, each with its position in the feed."""
