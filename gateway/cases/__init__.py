"""Cases: those that this agency takes part in, their events and their history."""
