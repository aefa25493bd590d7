"""The brokers as a service and their operator use them: connections, certificates, rights, streams."""
