"""Personal details: sealed records, which are kept beside the log."""
