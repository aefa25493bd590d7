"""The sample cases, and how they are told through the HTTP of running services."""
