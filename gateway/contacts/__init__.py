"""Contacts: whom to turn to, and who is responsible where."""
