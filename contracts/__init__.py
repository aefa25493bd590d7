"""The domain: the events of a case, who may issue them and when, and their effect. Pure: no input or output.

Each room stands on those before it:

    errors, calendar, vocabulary    days and moments, kinds of agency, the closed lists
    event                           the base of every event, and the reading of older versions
    view                            a case as its participants see it, folded from its events
    law                             rules, rulesets, the decider, and the parts that chapters share
    chapters                        one file for each chapter of a case: its events, their effects, its rules
    directory, privacy, statistics  the agencies on the bus; the readers of a case; the numbers of victims
    sweden                          Sweden's own chapters, rulesets, guidance and geography
    published, testing              schemas and the page of the mechanism; given, when, then

An internal room: programs outside import `stafett.events` and `stafett.testing`.

Importing any part of the package loads every chapter, so `EVENTS` of `contracts.event.case_event` is always complete.
"""

from contracts import chapters
from contracts.sweden import chapters as swedish_chapters

__all__ = ["chapters", "swedish_chapters"]
