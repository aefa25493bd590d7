"""Assistance: who can assist in a case as it stands, and what would open more doors."""
