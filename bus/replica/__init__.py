"""The replica: one agency's cases. Messages of the log are checked, folded into the cases, and shown once committed."""
