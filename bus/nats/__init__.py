"""NATS as an agency's service uses it: the connection, the log, the streams beside it, and their durability."""
