"""Guidance for caseworkers in Sweden: who can assist now, which steps open more doors, who could be asked next."""
