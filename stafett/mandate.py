"""How to write an agency's service: its mandate, and the reactions that work in a context.

A mandate names the events that the agency may issue, and the role that issues each. It raises ValueError when the
contracts give an event to another kind of agency or to another role.

>>> from stafett.events import AsylumDecided, InvestigationOpened, VictimDetected
>>> from stafett.mandate import AgencyKind, Mandate, Role
>>> police = Mandate(kind=AgencyKind.POLICE)
>>> police.may_issue(VictimDetected)
>>> police.may_issue(InvestigationOpened, role=Role.INVESTIGATION_LEADER)
>>> sorted(police.duties)
['InvestigationOpened', 'VictimDetected']
>>> police.may_issue(AsylumDecided)
Traceback (most recent call last):
    ...
ValueError: AsylumDecided is not for an agency of kind police to issue

A `Reaction` is a coroutine function. The service calls it with the event, the case after the event, and a
`ReactionContext`, at least once and until it succeeds. `due` is an ISO date or timestamp.

>>> @police.on(InvestigationOpened)
... async def meet_the_person(opened, case, context):
...     about = context.provenance.event_id
...     await context.open_task(case, "meet the person", about, en="Meet the person.", sv="Möt personen.")
>>> police.reactions[InvestigationOpened] == [meet_the_person]
True
"""

from __future__ import annotations

from bus.mandate import Mandate, Reaction, ReactionContext
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role

__all__ = ["AgencyId", "AgencyKind", "Mandate", "Reaction", "ReactionContext", "Role"]
