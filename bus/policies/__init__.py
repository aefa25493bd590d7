"""An agency's policies (process managers): its reactions to events, and the clock of its cases."""
