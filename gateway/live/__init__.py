"""Live updates: server-sent events about changed cases."""
