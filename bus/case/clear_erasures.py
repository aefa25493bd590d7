"""Erasures in clear: the requests that a replica believes while it cannot read the case.

Any agency can request an erasure, and a replica that cannot read the case cannot judge the request. So it believes a
request in two cases: if it judged the request itself before it destroyed its keys, or if the opener (the agency that
opened the case) has confirmed it. The opener always takes part, so it could judge. If the opener cannot read the case
either, it judges by its last readable view.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bus.case.judging import judge, provenance
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from contracts.chapters.erasure import ERASURE_EVENTS, ErasureConfirmed, ErasureRequested
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.upcasting import read_event
from contracts.law.decider import decide, evolve
from contracts.law.in_force import ruleset_in_force
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import Erasure, ErasureScope

_NAMES: Final = frozenset(event.__name__ for event in ERASURE_EVENTS)

if TYPE_CHECKING:
    from bus.case.case_replica import CaseReplica


def heard(case: CaseReplica, envelope: Envelope, directory: Directory) -> CaseReplica:
    """Return an unreadable case after one more clear envelope.

    If the envelope makes an erasure of the whole case believable, the case becomes readable again, as an erased one.
    """
    if erasure_in(envelope) is None:
        return case
    notices = (*case.notices, envelope)
    place = _vouched_for(notices, case.chain.opened_by, case.authorised)
    wish = None if place is None else erasure_in(notices[place])
    if place is None or not isinstance(wish, ErasureRequested) or wish.scope is not ErasureScope.CASE:
        return replace(case, notices=notices)
    asked = notices[place]
    view = CaseView.unopened(asked.case_id).changed(version=asked.version - 1)
    view = evolve(view, wish, provenance(asked, directory))
    for said in notices[place + 1 :]:
        view, _, _ = judge(view.changed(version=said.version - 1), said, said.data, directory)
    erased = view.changed(version=case.chain.version)
    return replace(case, state=erased, view=erased, readers={}, notices=())


def believed(case: CaseReplica, agency: str, directory: Directory) -> tuple[Erasure, ...]:
    """Return the erasures of an unreadable case that this agency must carry out or has confirmed."""
    found: dict[str, Erasure] = {}
    for count, envelope in enumerate(case.notices, start=1):
        event = erasure_in(envelope)
        if (
            isinstance(event, ErasureRequested)
            and agency == case.chain.opened_by
            and _allows(case, envelope, directory)
        ):
            found.setdefault(envelope.event_id, _erasure(envelope, event))
        place = _vouched_for(case.notices[:count], case.chain.opened_by)
        wish = None if place is None else erasure_in(case.notices[place])
        if place is not None and isinstance(wish, ErasureRequested):
            found.setdefault(case.notices[place].event_id, _erasure(case.notices[place], wish))
    own = (erasure_in(envelope) for envelope in case.notices if envelope.agency == agency)
    confirmed = {event.request_id for event in own if isinstance(event, ErasureConfirmed)}
    return tuple(
        each.model_copy(update={"confirmed_by": (*each.confirmed_by, agency)}) if each.id in confirmed else each
        for each in (*case.state.erasures, *found.values())
    )


def erasure_in(envelope: Envelope) -> ErasureRequested | ErasureObjected | ErasureConfirmed | None:
    """Return the erasure event that a clear envelope holds, or None."""
    if envelope.sealed or envelope.event_name not in _NAMES:
        return None
    try:
        event = read_event(envelope.type, envelope.data)
    except (InvalidEventError, UnknownEventTypeError):
        return None
    return event if isinstance(event, ERASURE_EVENTS) else None


def _vouched_for(notices: Sequence[Envelope], opener: str, authorised: Collection[str] = ()) -> int | None:
    """Return the index of the erasure request that the last envelope makes believable, or None."""
    last = notices[-1]
    event = erasure_in(last)
    if isinstance(event, ErasureConfirmed) and last.agency == opener:
        wanted = event.request_id
    elif isinstance(event, ErasureRequested) and last.event_id in authorised:
        wanted = last.event_id
    else:
        return None
    # If an id occurs twice, only the first request was judged.
    return next((place for place, said in enumerate(notices) if said.event_id == wanted), None)


def _allows(case: CaseReplica, envelope: Envelope, directory: Directory) -> bool:
    event = erasure_in(envelope)
    if not isinstance(event, ErasureRequested) or not 0 < case.state.version < envelope.version:
        return False
    ruleset = ruleset_in_force(event.occurred_on, envelope.recorded_at)
    return decide(case.state, event, provenance(envelope, directory), ruleset) is None


def _erasure(envelope: Envelope, wish: ErasureRequested) -> Erasure:
    return Erasure(
        id=envelope.event_id,
        scope=wish.scope,
        requested_by=envelope.agency,
        requested_at=wish.occurred_at,
        holders=wish.holders,
    )
