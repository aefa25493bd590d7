"""Given some events, when another is issued, then: how a test says what a case must do, and the canonical cases."""
