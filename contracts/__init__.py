"""The domain: the events of a case, who may issue them and when, and their effect. Pure: no input or output.

Each room stands on those before it:

    errors, calendar, vocabulary    days and moments, kinds of agency, the closed lists
    event                           what every event has in common, how an older version is read
    view                            a case as its participants see it, folded from its events
    law                             rules, rulesets, the decider, what chapters share of offers and deadlines
    chapters                        one file for each chapter of a case: its events, their effects, its rules
    directory, privacy, statistics  who is on the bus; who reads what; how many victims there are
    sweden                          what only Sweden has: chapters, rulesets, guidance, geography
    published, testing              schemas and the page of the mechanism; given, when, then

An internal room: programs outside import `stafett.events` and `stafett.testing`.

Importing any part of the package loads every chapter, so `EVENTS` of `contracts.event.case_event` is always complete.
"""

from contracts import chapters
from contracts.sweden import chapters as swedish_chapters

__all__ = ["chapters", "swedish_chapters"]
