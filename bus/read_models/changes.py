"""The changes of the read models by events: ordered statements, to be committed in one transaction with them. Pure.

Each list replaces a case's earlier rows by its new ones, so the changes are idempotent.
"""

from __future__ import annotations

from bus.envelope.envelope import Envelope
from bus.read_models import cases, deadlines, feed, offers, statistics, tasks
from bus.read_models.case_state import CaseState, Change
from bus.read_models.index_key import IndexKey
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId


def changes(
    agency: AgencyId,
    index: IndexKey,
    before: CaseState,
    after: CaseState,
    envelope: Envelope,
    place: int,
    token: str,
) -> list[Change]:
    """Return the changes after one or more accepted events of a case. `envelope`: the last of them.

    `before`: the case as the read models have it. `after`: the case after the events. `place`: see `place_in_log`.
    `token`: the session that the feed's rows name; see `FeedRow`.
    """
    if not isinstance(after.view, CaseView):
        return feed.directory(token, after.chain.version)
    found = feed.changes(agency, token, before, after)
    found += statistics.changes(agency, index, before, after)
    if any(case.view.takes_part(agency) or case.view.is_offered(agency) for case in (before, after)):
        found += cases.changes(agency, index, before, after, envelope.recorded_at, place)
        found += offers.changes(agency, index, before, after)
        found += deadlines.changes(agency, index, before, after)
    return found


def opened(
    agency: AgencyId, index: IndexKey, case: CaseState, envelope: Envelope | None, place: int, token: str
) -> list[Change]:
    """Return the changes that put a whole case into the read models: one that became readable late, or in a rebuild.

    `envelope`: the last event of its chain, or None.
    """
    if not isinstance(case.view, CaseView):
        return feed.directory(token, case.chain.version)
    return [
        *statistics.put(agency, index, case),
        *cases.put(agency, index, case, None if envelope is None else envelope.recorded_at, place),
        *offers.put(agency, index, case),
        *deadlines.put(agency, index, case),
        *feed.opened(agency, token, case),
    ]


def erased(case_id: str) -> list[Change]:
    """Return the changes that remove all content and tokens of a case."""
    return [
        *cases.emptied(case_id),
        *offers.dropped(case_id),
        *deadlines.dropped(case_id),
        *tasks.dropped(case_id),
    ]
