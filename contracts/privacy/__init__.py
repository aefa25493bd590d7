"""Privacy: whom keys are for, the preview of an offer, the forms of personal details, the account of readings."""
