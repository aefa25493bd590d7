"""The resources of the HTTP interface, one module per subject; each makes its router from the service."""
