"""Replay: an auditor sees a case as any agency could read it at any moment, and why."""
