"""Read models: the lists of cases, offers, deadlines and tasks, and the statistics: no question reads every case.

A row of a case is sealed under the case's key, and tokens of what it says are made with the agency's index key: when a
case's keys are destroyed, its rows say nothing at once, and they are deleted with them.
"""
