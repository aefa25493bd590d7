"""Recovery from loss: of the log, of a case in the store, of the read models."""
