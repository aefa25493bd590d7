"""The documents that describe the service to machines: OpenAPI, AsyncAPI and the API information."""
