"""NATS as an agency's service uses it: the connection, the log, the erasable streams, and the check of durability."""
