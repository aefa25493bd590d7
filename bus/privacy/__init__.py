"""Access to the content of a case, until its erasure: key grants, personal records, tasks, erasure."""
