"""Who gets to read what of a case, and its end: granting keys, personal details, tasks, erasure."""
