"""The operator's tools: the brokers' accounts, rights, certificates and streams, and events signed by the root key."""
