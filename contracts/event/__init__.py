"""Events as such: their base classes, the guard of their free text, and the reading of older versions."""
