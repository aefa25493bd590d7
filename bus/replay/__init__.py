"""Replay: one case of one agency's store as it was at an earlier version or moment, folded again from its events."""
