"""The bus: it carries an event safely from one agency to the others.

An internal room: programs outside import `stafett`.
"""
