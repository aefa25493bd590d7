"""Guidance for caseworkers in Sweden: who can assist now, which steps bring more help, whom to ask next."""
