"""Operation: the health of the service, and its metrics."""
