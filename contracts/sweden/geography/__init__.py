"""Who is responsible where in Sweden, and whom to call. `data/` ships with the project; an operator may edit a copy."""
