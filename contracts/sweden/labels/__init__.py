"""Labels: the plain words, in English and Swedish, of what only Sweden has."""
