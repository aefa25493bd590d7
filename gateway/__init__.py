"""The HTTP edge of an agency's service: the same for every agency, generated from its mandate.

An internal room: programs outside speak its HTTP, or import `stafett`.
"""
