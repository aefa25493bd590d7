"""Who is on the bus: agencies with their keys and duties, providers and places. Nothing here is about a case."""
