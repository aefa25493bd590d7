"""An agency's policies (process managers): the reactions of its mandate, and the clock of the cases."""
