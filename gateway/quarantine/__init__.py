"""The quarantine: messages of the log that the replica set aside."""
