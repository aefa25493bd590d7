"""Whom a caseworker in Sweden can turn to: who can assist now, what would open more doors, who could be asked next."""
