"""Files that are generated from the contracts: the JSON Schema of every event, and the page of the mechanism."""
