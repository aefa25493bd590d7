"""The tools that tests share: a real bus in one process, honest and dishonest envelopes, waiting with a deadline."""
