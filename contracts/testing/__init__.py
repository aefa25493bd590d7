"""Given some events, when another is issued, then ...: a small language for tests of cases, and the canonical cases."""
