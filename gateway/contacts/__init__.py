"""Contacts: the hotline, the regional coordinators, and the agencies responsible in each municipality."""
