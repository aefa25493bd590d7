"""Suspicions: words of a free text that may be a person's name or a street address. They warn, and refuse nothing."""
