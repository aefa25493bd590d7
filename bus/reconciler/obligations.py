"""What an event obliges an agency to do. Pure: rows for the transaction that commits the event.

| event                                          | who        | obligation                                            |
|------------------------------------------------|------------|-------------------------------------------------------|
| ours, and it brings an agency into the case    | its writer | GRANT: give the newcomer the case's keys              |
| ours, and we cannot open it                    | its writer | LOOK: look for the key among the grants to us         |
| any, in a case with personal details           | all        | CONSENT: give, destroy or look for their keys         |
| an erasure is requested or confirmed           | all        | ERASE: destroy what we hold, confirm                  |
| something was closed to somebody               | coordinator| WITHDRAW: delete the grants of those who may not read |
| something runs out at another moment than before | keeper of time | CLOCK: announce it at that moment               |
| one that the mandate reacts to, or we left     | reactor    | REACT: run the reactions, clear the tasks             |
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bus.case.case_replica import CaseReplica
from bus.envelope.envelope import Envelope
from bus.mandate import Concern
from bus.sealing.keyring import CASE
from bus.store import Kind, Obligation
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.law.deadlines import next_moment
from contracts.law.running_out import NOTHING_CHANGED, changed
from contracts.privacy.readers import NARROWING
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import COORDINATOR, AgencyId

_ERASING: Final = frozenset({ErasureRequested.__name__, ErasureConfirmed.__name__})
_WIDENING: Final = frozenset({"ConsentGiven", "ReferralAccepted", "TransnationalReferralAccepted"})
"""After these a former reader may need a new grant, because the old one was deleted."""

WIDENED: Final = "widened"
"""The detail of a CONSENT obligation that gives again what was given before."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What obligations depend on beside the case: the agency, what its mandate reacts to, whether it keeps time."""

    agency: AgencyId
    reacts_to: Mapping[str, Collection[Concern]]
    keeps_time: bool

    def after(
        self, envelope: Envelope, before: CaseReplica, after: CaseReplica, *, effect: bool
    ) -> Iterator[Obligation]:
        """What an accepted event brings; `effect`: whether it changed the view as it says."""
        case_id, name, at = after.case_id, envelope.event_name, envelope.recorded_at.timestamp()
        if name in _ERASING:
            yield Obligation(Kind.ERASE, case_id, since=at)
        if envelope.agency == self.agency and envelope.sealed and after.unreadable:
            yield Obligation(Kind.LOOK, case_id, since=at)
        if not isinstance(before.view, CaseView) or after.unreadable or not effect:
            return
        if envelope.agency == self.agency:
            for each in after.view.participants:
                if not before.view.takes_part(each.agency):
                    yield Obligation(Kind.GRANT, case_id, f"{CASE}/{each.agency}", since=at)
        if before.view.personal_records or after.view.personal_records:
            yield Obligation(Kind.CONSENT, case_id, WIDENED if name in _WIDENING else "", since=at)
        if self.agency == COORDINATOR and name in NARROWING:
            yield Obligation(Kind.WITHDRAW, case_id, since=at)
        yield from self._clock(before.view, after.view)
        if self.reacts(name, before, after):
            yield Obligation(Kind.REACT, case_id, since=at)

    def reacts(self, name: str, before: CaseReplica, after: CaseReplica) -> bool:
        """Whether an event of this name concerns the mandate: by a reaction, or because the agency left with it."""
        took_part, takes_part = before.takes_part(self.agency), after.takes_part(self.agency)
        if took_part and not takes_part:
            return True
        return takes_part and any(where(before.view, self.agency) for where in self.reacts_to.get(name, ()))

    def opened(self, case: CaseReplica, since: float, *, clock: bool = True) -> Iterator[Obligation]:
        """What a case brings that became readable after its events were taken."""
        yield Obligation(Kind.REACT, case.case_id, since=since)
        if isinstance(case.view, CaseView):
            yield Obligation(Kind.CONSENT, case.case_id, since=since)
            yield from self._clock(None, case.view) if clock else ()

    def _clock(self, before: CaseView | None, after: CaseView) -> Iterator[Obligation]:
        if not self.keeps_time or (before is not None and changed(before, after) == NOTHING_CHANGED):
            return
        moment = next_moment(after)
        if moment is not None and (before is None or next_moment(before) != moment):
            at = moment.timestamp()
            yield Obligation(Kind.CLOCK, after.case_id, due_at=at, since=at)
