"""What events bring to the read models: ordered statements, to be committed with them. Pure.

Each list takes a case as it stands and replaces what it said of it before, so that doing it twice does nothing new.
"""

from __future__ import annotations

from typing import Final

from bus.envelope.envelope import Envelope
from bus.read_models import cases, deadlines, offers, statistics, tasks
from bus.read_models.case_state import CaseState, Change
from bus.read_models.index_key import IndexKey
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import COORDINATOR, AgencyId

_COUNTS: Final = frozenset({COORDINATOR})
"""Who keeps statistics, of all cases in its replica."""


def changes(
    agency: AgencyId, index: IndexKey, before: CaseState, after: CaseState, envelope: Envelope, place: int
) -> list[Change]:
    """What accepted events of a case bring, one or several, of which `envelope` is the last.

    `before`: the case as the read models have it. `place`: where the event stands in the log (`place_in_log`).
    """
    if not isinstance(after.view, CaseView):
        return []
    found: list[Change] = []
    if agency in _COUNTS:
        found += statistics.changes(agency, index, before, after)
    if before.view.takes_part(agency) or after.view.takes_part(agency):
        found += cases.changes(agency, index, before, after, envelope.recorded_at, place)
        found += offers.changes(agency, index, before, after)
        found += deadlines.changes(agency, index, before, after)
    return found


def opened(agency: AgencyId, index: IndexKey, case: CaseState, envelope: Envelope | None, place: int) -> list[Change]:
    """What the read models say of a case that became readable late, or that they are rebuilt with.

    `envelope`: the last of its chain, if it has any.
    """
    if not isinstance(case.view, CaseView):
        return []
    return [
        *(statistics.put(agency, index, case) if agency in _COUNTS else []),
        *cases.put(agency, index, case, None if envelope is None else envelope.recorded_at, place),
        *offers.put(agency, index, case),
        *deadlines.put(agency, index, case),
    ]


def erased(case_id: str) -> list[Change]:
    """The read models without anything that a case said, or any token of it."""
    return [
        *cases.emptied(case_id),
        *offers.dropped(case_id),
        *deadlines.dropped(case_id),
        *tasks.dropped(case_id),
    ]
