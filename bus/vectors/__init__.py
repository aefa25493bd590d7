"""Vectors: examples of each step on the bus, with their results, for implementations in other languages.

`docs/join-the-bus.md` says the steps in words. `steps` does each with the code that the services run, `about_*` has the
examples, `world` invents who acts in them, and `files` writes them into `contracts/vectors/`.
"""
