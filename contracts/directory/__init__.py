"""The directory: agencies on the bus with their keys and duties, providers and places; nothing about any case."""
