"""Read models: the lists of cases, offers, deadlines and tasks, and the statistics. No query has to read all cases.

A row is sealed under its case's key. Its search values are stored as tokens, made with the agency's index key. When a
case's keys are destroyed, its rows become unreadable at once, and they are deleted too.
"""
