"""Labels: the plain words, in English and Swedish, of what any country shares: events, their fields, their values."""
