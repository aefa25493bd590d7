"""How the gateway is served: what a connection, a caller and a request may ask of it, and how it stops."""
