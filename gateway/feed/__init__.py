"""The feed: every event that concerns the agency, for its own systems, in the order in which it became readable."""
