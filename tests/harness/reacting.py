"""A context that records what an agency's reactions do after some events, without a bus.

    context = await reactions_of("ngo-fyren", *CANONICAL_CASE[:5], issued(ReferralDeclined, MUNICIPALITY))
    assert context.open == {"propose the next recipient"}

As on the bus, an agency reacts to an event of a case in which it takes part before or after the event; if the case is
only offered to it, to the events about the offer, on the preview. A task that is
done stays done. When an agency has left a case, its tasks in the case end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.event.case_event import CaseEvent, Provenance
from contracts.privacy.offer_preview import as_previewed, offer_outside
from contracts.testing.example_ids import CASE_ID
from contracts.testing.given_when_then import Given, Issued
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId
from services import mandate_of

NAMES = {
    "municipality-0180": "Stockholm",
    "municipality-0184": "Solna",
    "ngo-fyren": "Fyren",
    "coordinator-syd": "Regionkoordinator Syd",
    "foreign-partner-ro": "ANITP",
}
"""The names by which the directory knows agencies."""


@dataclass(frozen=True)
class Asked:
    """What a task says."""

    en: str
    sv: str
    due: str | None
    to_issue: tuple[type[CaseEvent], ...]


@dataclass
class RecordingContext:
    """A ReactionContext (bus.mandate) that keeps what reactions do."""

    agency: AgencyId
    provenance: Provenance = field(init=False)
    before: CaseView = field(init=False)
    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)
    finished: set[tuple[str, str]] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    issued: list[CaseEvent] = field(default_factory=list)

    @property
    def open(self) -> set[str]:
        """What is to be done."""
        return {what for what, _ in self.asked.keys() - self.finished}

    @property
    def tasks(self) -> dict[str, Asked]:
        """The open tasks by what is to be done, of which there may be no two of one name."""
        left = self.asked.keys() - self.finished
        assert len(left) == len(self.open), left
        return {what: self.asked[what, about] for what, about in left}

    async def open_task(
        self,
        case: CaseView,
        what: str,
        about: str,
        *,
        en: str,
        sv: str,
        due: str | None = None,
        to_issue: tuple[type[CaseEvent], ...] = (),
    ) -> None:
        assert en != sv
        self.asked.setdefault((what, about), Asked(en, sv, due, to_issue))

    async def close_task(self, case: CaseView, what: str, about: str) -> None:
        self.finished.add((what, about))

    async def notify(self, case: CaseView, *, en: str, sv: str) -> None:
        assert en != sv
        self.told.append(en)

    def name_of(self, agency: AgencyId) -> str:
        return NAMES.get(agency, agency)

    async def issue(self, case: CaseView, event: CaseEvent) -> None:
        self.issued.append(event)


async def reactions_of(agency: AgencyId, *events: Issued) -> RecordingContext:
    """An agency's reactions to these events, none of which may be refused; every reaction runs twice, as it may."""
    mandate, context, case = mandate_of(agency), RecordingContext(agency), CaseView.unopened(CASE_ID)
    for each in events:
        before, case = case, Given(case).when(each).then_taken()
        inside = before.takes_part(agency) or case.takes_part(agency)
        here = [before, case] if inside else [as_offered_to(agency, one) for one in (before, case)]
        if any(one.takes_part(agency) or one.is_offered(agency) for one in here):
            context.provenance, context.before = each.by, here[0]
            offer = offer_outside(before, case, each.event, each.by)
            opens = inside or (offer is not None and offer.recipient == agency)
            for reaction in mandate.reactions.get(type(each.event), ()) if opens else ():
                told = len(context.told)
                await reaction(each.event, here[1], context)
                anew = context.told[told:]
                await reaction(each.event, here[1], context)
                assert context.told[told:] == anew * 2
                del context.told[told + len(anew) :]
            if not (here[1].takes_part(agency) or here[1].is_offered(agency)):
                context.finished |= context.asked.keys()
    return context


def as_offered_to(agency: AgencyId, case: CaseView) -> CaseView:
    """The case as an agency outside it knows it: the preview of its latest offer."""
    mine = [offer for offer in case.offers if offer.recipient == agency]
    return as_previewed(case, mine[-1]) if mine else CaseView.unopened(case.case_id)
