"""Access to the content of a case, and its end: key grants, personal records, tasks, erasure."""
