"""What several agencies do alike, each in its own name: a mandate takes from here what it has in common with others."""
