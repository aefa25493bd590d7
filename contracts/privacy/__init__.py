"""Privacy: who may have keys, the preview of an offer, the forms of personal details, the account of readings."""
