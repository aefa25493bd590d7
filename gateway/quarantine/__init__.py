"""The quarantine: messages of the log that were set aside."""
