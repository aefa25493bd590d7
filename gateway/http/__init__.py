"""HTTP itself: bodies, queries, problems, negotiation, server-sent events, and the parts of an OpenAPI document."""
