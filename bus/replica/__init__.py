"""The cases as one agency holds them: messages of the log are checked, folded, committed and shown."""
