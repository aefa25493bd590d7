"""Who may read what: the readers of keys, the preview of an offer, records of personal details, and their readings."""
