"""The operator's tools: accounts, rights, certificates and streams of the brokers; the directory's root key."""
