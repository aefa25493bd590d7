"""The HTTP edge of an agency's service. The code is the same for every agency; the mandate decides what it offers.

An internal room: programs outside use its HTTP interface, or import `stafett`.
"""
