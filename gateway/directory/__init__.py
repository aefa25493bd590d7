"""The directory: the agencies on the bus, and facts about them that everybody may know."""
