"""The sample cases, and the code that tells them through the HTTP of running services."""
