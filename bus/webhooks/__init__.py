"""Webhooks: where an agency's systems want its feed sent, how far each has come, and what is owed to each."""
