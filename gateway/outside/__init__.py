"""Outside: the form and the link by which an agency that is not on the bus answers an offer (R33, R34)."""
