"""Recovery after a loss: of messages in the log, of a case in the store, or of the read models."""
