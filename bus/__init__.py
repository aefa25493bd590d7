"""The mechanism: how an event gets safely from one agency to the others.

An internal room: programs outside import `stafett`.
"""
