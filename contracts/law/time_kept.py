"""Who keeps time: every agency that takes part in a case. In earlier cases the national coordinator did (R20).

An event that began a clock used to bring the national coordinator into the case, where it read the core. Events that
were recorded before `EVERYBODY_KEEPS_TIME_SINCE` still do, so that earlier cases replay to the same views.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from contracts.event.case_event import CaseEvent, Provenance
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import COORDINATOR, AgencyId, AgencyKind, Role
from contracts.vocabulary.parts import Part

if TYPE_CHECKING:
    from contracts.view.case_view import CaseView

EVERYBODY_KEEPS_TIME_SINCE: Final = datetime(2026, 11, 28, 19, tzinfo=UTC)
"""Of the events that are recorded from this moment on, none brings the coordinator in to keep time, and any participant
may issue those of the clock.
"""

TURN: Final = timedelta(seconds=30)
"""How long an agency waits until it stands in for the one before it, unless its service says otherwise."""

MOST_TURNS: Final = 10
"""No agency waits longer than this many turns, however many agencies take part."""


def everybody_keeps_time(by: Provenance) -> bool:
    """True if the event is recorded since `EVERYBODY_KEEPS_TIME_SINCE`."""
    return by.recorded_at >= EVERYBODY_KEEPS_TIME_SINCE


def with_keeper(case: CaseView, since: datetime, by: Provenance) -> CaseView:
    """The case after an event that begins a clock. `since`: when the event occurred (UTC).

    Until `EVERYBODY_KEEPS_TIME_SINCE` the national coordinator takes part from then on.
    """
    if everybody_keeps_time(by):
        return case
    return case.joined(COORDINATOR, participation=Participation.KEEPS_TIME, since=since)


def keeper(by: Provenance) -> AgencyId:
    """The agency that may issue the clock's events: the issuer itself, or earlier the national coordinator alone."""
    return by.agency if everybody_keeps_time(by) else COORDINATOR


def issuers_then(event: CaseEvent, by: Provenance) -> frozenset[AgencyKind]:
    """The kinds of agency that might issue an event when it was recorded."""
    if everybody_keeps_time(by):
        return event.issuers
    return frozenset(
        kind for kind, role in event.roles.items() if role is not Role.CLOCK or kind is AgencyKind.COORDINATOR
    )


def patience(
    case: CaseView, readers: Mapping[AgencyId, Collection[Part]], agency: AgencyId, turn: timedelta
) -> timedelta | None:
    """How long an agency waits, after something has run out, before it says so; None: it is not for it to say.

    Everything that runs in a case runs in its core, so each agency that reads the core may say it: the lead at once,
    and each other agency a turn after the one before it. So normally one agency speaks, and each stands in for those
    before it. The order follows from the core, so all agree on it.

    Args:
        case: the case.
        readers: each participant, and the parts that it reads (`contracts.law.parts.readers`).
        agency: the agency.
        turn: how long an agency waits for the one before it. Nobody waits longer than `MOST_TURNS` of these.
    """
    can = [each.agency for each in case.participants if Part.CORE in readers.get(each.agency, ())]
    order = sorted(can, key=lambda each: each != case.lead)
    return turn * min(order.index(agency), MOST_TURNS) if agency in order else None
