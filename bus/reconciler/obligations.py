"""The obligations that an event gives an agency. Pure: rows for the transaction that commits the event.

| event                                          | who        | obligation                                            |
|------------------------------------------------|------------|-------------------------------------------------------|
| an agency reads more of the case than before   | its writer, or a reader | GRANT: grant it the keys of the part     |
| ours, and we cannot open it                    | its writer | LOOK: look for the key among the grants to us         |
| details of a part that we read, without a key  | its reader | LOOK, if the key has not come half a minute later     |
| any, in a case with personal details           | all        | CONSENT: grant, destroy or look for their keys        |
| an erasure is requested or confirmed           | all        | ERASE: destroy our data and keys of it, confirm       |
| it may take a reader's access away             | granters   | WITHDRAW: have our grants to it deleted               |
| it moves the next deadline of the case         | each reader| CLOCK: issue the clock's event when our turn comes    |
| the mandate reacts to it, or we left with it   | reactor    | REACT: run the reactions, clear the tasks             |
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bus.case.case_replica import CaseReplica
from bus.envelope.envelope import Envelope
from bus.mandate import Concern
from bus.store import Kind, Obligation
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.law.deadlines import next_moment
from contracts.law.running_out import NOTHING_CHANGED, changed
from contracts.law.time_kept import TURN, patience
from contracts.privacy.readers import NARROWING, may_read_each
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part

_ERASING: Final = frozenset({ErasureRequested.__name__, ErasureConfirmed.__name__})
_WIDENING: Final = frozenset({"ConsentGiven", "ReferralAccepted", "TransnationalReferralAccepted"})
"""After these events a former reader may need a new grant, because the old one was deleted."""

_KEY_COMES_WITHIN: Final = 30.0
"""The seconds within which the key of a part mostly comes, after the first event that needs it."""

WIDENED: Final = "widened"
"""The detail of a CONSENT obligation that also repeats earlier grants."""


@dataclass(frozen=True, slots=True)
class Duties:
    """The facts about an agency that its obligations depend on.

    `reacts_to`: the concerns of its reactions, by the event's name. `keeps_time`: False if it never issues the clock's
    events. `turn`: how long it waits for the agency before it to issue one.
    """

    agency: AgencyId
    reacts_to: Mapping[str, Collection[Concern]]
    keeps_time: bool = True
    turn: timedelta = TURN

    def after(
        self, envelope: Envelope, before: CaseReplica, after: CaseReplica, *, effect: bool
    ) -> Iterator[Obligation]:
        """Yield the obligations from an accepted event. `effect`: False if the event is void."""
        case_id, name, at = after.case_id, envelope.event_name, envelope.recorded_at.timestamp()
        if name in _ERASING:
            yield Obligation(Kind.ERASE, case_id, since=at)
        waits = after.awaits_its_keys if after.previewed else after.unreadable
        if envelope.agency == self.agency and envelope.sealed and waits:
            yield Obligation(Kind.LOOK, case_id, since=at)
        elif after.waits and not before.waits:
            yield Obligation(Kind.LOOK, case_id, due_at=at + _KEY_COMES_WITHIN, since=at)
        if after.previewed[-1:] == (envelope.version,) and self.reacts(name, before, after):
            yield Obligation(Kind.REACT, case_id, since=at)
        if not isinstance(before.view, CaseView) or after.unreadable:
            return
        yield from self._grants(envelope, before, after, at)
        if not effect:
            return
        if before.view.personal_records or after.view.personal_records:
            yield Obligation(Kind.CONSENT, case_id, WIDENED if name in _WIDENING else "", since=at)
        if name in NARROWING - _ERASING and before.takes_part(self.agency):
            yield from (Obligation(Kind.WITHDRAW, case_id, lost, since=at) for lost in _lost(before.state, after.state))
        yield from self._clock(before, after)
        if self.reacts(name, before, after):
            yield Obligation(Kind.REACT, case_id, since=at)

    def _grants(self, envelope: Envelope, before: CaseReplica, after: CaseReplica, at: float) -> Iterator[Obligation]:
        """Yield the grants that we owe to the agencies that read more of the case after an event.

        Its writer owes them the parts that it reads itself, and in a new case its core to itself, so that it finds the
        key again. What the writer cannot grant, each other reader owes: so each participant owes the core to an agency
        that accepts. A second grant of a key does no harm.
        """
        if before.readers is after.readers:
            return
        for agency, parts in after.readers.items():
            for part in sorted(parts - before.readers.get(agency, frozenset())):
                if self._owes(part, agency, envelope.agency, before) and (
                    part is Part.CORE or after.keys_of(part).used
                ):
                    # All are due; the core last: whoever can read the case then has the keys of the other parts too.
                    turn, detail = float(part is Part.CORE), f"{part.compartment}/{agency}"
                    yield Obligation(Kind.GRANT, after.case_id, detail, due_at=turn, since=at)

    def _owes(self, part: Part, newcomer: AgencyId, writer: AgencyId, before: CaseReplica) -> bool:
        """Return whether we owe a newcomer the keys of a part."""
        had = {agency for agency, parts in before.readers.items() if part in parts} - {newcomer}
        return self.agency in (had & {writer} or had or ({writer} if part is Part.CORE else ()))

    def reacts(self, name: str, before: CaseReplica, after: CaseReplica) -> bool:
        """Return whether an event of this name gives the agency work: a reaction to it, or the agency left with it.

        An offer and its end give work to its recipient too.
        """
        took_part, takes_part = before.concerns(self.agency), after.concerns(self.agency)
        if took_part and not takes_part:
            return True
        return takes_part and any(where(before.view, self.agency) for where in self.reacts_to.get(name, ()))

    def opened(self, case: CaseReplica, since: float, *, clock: bool = True) -> Iterator[Obligation]:
        """Yield the obligations from a case that became readable only after its events were committed."""
        yield Obligation(Kind.REACT, case.case_id, since=since)
        if isinstance(case.view, CaseView):
            yield Obligation(Kind.WITHDRAW, case.case_id, since=since)
            yield Obligation(Kind.CONSENT, case.case_id, since=since)
            yield from self._clock(None, case) if clock else ()

    def clock(self, case: CaseReplica) -> Iterator[Obligation]:
        """The clock of a case, by all that runs in it."""
        if isinstance(case.view, CaseView):
            yield from self._clock(None, case)

    def patience(self, case: CaseReplica) -> timedelta | None:
        """How long we wait after something has run out in a case before we say so; None: it is not for us to say."""
        if not self.keeps_time or not isinstance(case.view, CaseView):
            return None
        return patience(case.view, case.readers, self.agency, self.turn)

    def _clock(self, before: CaseReplica | None, after: CaseReplica) -> Iterator[Obligation]:
        if not self.keeps_time or (before is not None and _same_clocks(before, after)):
            return
        moment = self._next_turn(after)
        if moment is not None and (before is None or self._next_turn(before) != moment):
            at = moment.timestamp()
            yield Obligation(Kind.CLOCK, after.case_id, due_at=at, since=at)

    def _next_turn(self, case: CaseReplica) -> datetime | None:
        """When we have to say next that something has run out, unless another agency has said it before."""
        wait, moment = self.patience(case), next_moment(case.view)
        return None if wait is None or moment is None else moment + wait


def _lost(before: CaseView, after: CaseView) -> Iterator[str]:
    """Yield each compartment that an agency may no longer read: `<compartment>/<agency>`."""
    may_read_now = may_read_each(after)
    for compartment, readers in may_read_each(before).items():
        yield from (f"{compartment}/{agency}" for agency in sorted(readers - may_read_now[compartment]))


def _same_clocks(before: CaseReplica, after: CaseReplica) -> bool:
    return before.readers is after.readers and changed(before.view, after.view) == NOTHING_CHANGED
