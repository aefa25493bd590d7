"""How an agency tests its events, its mandate and its subscribers: without a bus, and on a whole bus in one line.

Given some events, when another is issued, then ...: no broker, store or clock takes part. The ruleset of the day on
which an event occurred judges it, as in every service.
`issued` takes an event's canonical example and changes the fields that you name.

    >>> from stafett import testing
    >>> from stafett.events import CaseReferred, ReferralAccepted
    >>> before = testing.canonical_until(ReferralAccepted)
    >>> accepted = testing.issued(ReferralAccepted, by="municipality-0180")
    >>> testing.given(*before).when(accepted).then_taken().version
    6
    >>> refused = testing.issued(ReferralAccepted, by="police")
    >>> testing.given(*before).when(refused).then_refused("R3").rule.id
    'R3'

`then_taken` and `then_refused` raise AssertionError when the outcome is another, and name the rule that objected.

    >>> testing.given(*before).when(refused).then_taken()
    Traceback (most recent call last):
        ...
    AssertionError: refused by R3: police does not take part in the case.

`reactions` has a mandate or a subscriber react to events, and returns what it has done:

    >>> import asyncio
    >>> from stafett.mandate import AgencyKind, Mandate
    >>> municipality = Mandate(kind=AgencyKind.MUNICIPALITY)
    >>> @municipality.on(ReferralAccepted)
    ... async def greet(event, case, context):
    ...     await context.open_task(case, "greet", context.provenance.event_id, en="Say hello.", sv="Hälsa.")
    >>> asyncio.run(testing.reactions(municipality, "municipality-0180", *before, accepted)).open
    {'greet'}

`bus` starts a whole bus, with a real broker, in a temporary folder. It takes `stafett[server]`, and a few seconds:

    async with testing.bus("police", "ngo-fyren", subscribers={"police": [desk]}) as bus:
        receipt = await bus.issue("ngo-fyren", VictimDetected.canonical())
        await bus.until(lambda: receipt.case_id in kept)

`CANONICAL_CASE` is one lawful case from detection to the journey home; `OTHER_CASES` are cases that branch off it, by
name. Both hold what `issued` returns.

    >>> testing.CANONICAL_CASE[0].event.type_name()
    'se.nrm.VictimDetected.v2'
    >>> testing.given(*testing.OTHER_CASES["a case is erased"]).case.status.value
    'erased'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bus.mandate import Mandate
from bus.subscriber import Subscriber
from contracts.law.rule import Refusal
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, canonical_until
from contracts.testing.given_when_then import Given, Issued, Outcome, given, issued
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId
from stafett.testing.reactions import AskedTask, RecordedSteps, reactions

if TYPE_CHECKING:
    from stafett.testing.buses import Bus

__all__ = [
    "CANONICAL_CASE",
    "OTHER_CASES",
    "AskedTask",
    "CaseView",
    "Given",
    "Issued",
    "Outcome",
    "RecordedSteps",
    "Refusal",
    "bus",
    "canonical_until",
    "given",
    "issued",
    "reactions",
]


def bus(
    *agencies: AgencyId,
    mandates: Mapping[AgencyId, Mandate] | None = None,
    subscribers: Mapping[AgencyId, Sequence[Subscriber]] | None = None,
) -> AbstractAsyncContextManager[Bus]:
    """Start a bus with these agencies: a real broker, and their services in this process. All ends with the block.

    Args:
        agencies: the ids of the agencies; the first letters of each say its kind.
        mandates: those that differ from the ones that Stafett has, by agency.
        subscribers: the subscribers that run in the services, by agency.

    Raises ValueError when no mandate is for an agency, ModuleNotFoundError without `stafett[server]`.
    """
    from services import mandate_of
    from stafett.testing.buses import running_bus

    own = mandates or {}
    return running_bus({each: own.get(each) or mandate_of(each) for each in agencies}, subscribers or {})
