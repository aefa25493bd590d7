"""The directory: agencies on the bus with their keys and duties, providers and places. Nothing here is about a case."""
