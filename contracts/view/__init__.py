"""A case as every participant sees it: one immutable value, folded from the events of the case."""
