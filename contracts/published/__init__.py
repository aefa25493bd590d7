"""What is published from the contracts as files: the JSON Schema of every event, and the page of the mechanism."""
