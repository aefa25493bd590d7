"""One agency's service as a process: its variables, its lock, its start."""
