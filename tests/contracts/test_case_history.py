"""A case's history folds to one view: always the same, always valid, and untouched by what is refused."""

from datetime import timedelta
from hashlib import sha256

import pytest
from harness.examples import examples
from hypothesis import given as for_all
from hypothesis import strategies as st

from contracts.chapters.assistance import SupportProvided
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralWithdrawn
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRefused, ReflectionPeriodRequested
from contracts.sweden.chapters.voluntary_return import ReturnRefused, ReturnRequested
from contracts.testing.canonical_cases import CANONICAL_CASE
from contracts.testing.example_ids import CASE_ID, MUNICIPALITY, NGO, POLICE
from contracts.testing.given_when_then import Given, Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.identification import Identification
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.participants import Participation
from contracts.view.parts.referral import OfferState
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import COORDINATOR, IOM, MIGRATION
from contracts.vocabulary.parts import Part

OTHERS = (
    issued(ReferralAccepted, POLICE, offer_id="018e0a00-0000-7000-8000-000000000007"),
    issued(ReferralDeclined, MUNICIPALITY),
    issued(ReferralWithdrawn, NGO),
    issued(CaseReferred, NGO, id="018e0a00-0000-7000-8000-0000000000a1", recipient="region-01"),
    issued(ConsentGiven, POLICE, id="018e0a00-0000-7000-8000-0000000000a2"),
    issued(ConsentWithdrawn, POLICE, recipients=[]),
    issued(InvestigationOpened, "prosecutor", id="018e0a00-0000-7000-8000-0000000000a3"),
    issued(ReflectionPeriodRequested, MUNICIPALITY, id="018e0a00-0000-7000-8000-0000000000a4"),
    issued(ReflectionPeriodRefused, MIGRATION),
    issued(AsylumClaimed, NGO),
    issued(SupportProvided, NGO, id="018e0a00-0000-7000-8000-0000000000a5", emergency=True),
    issued(ReturnRequested, NGO, id="018e0a00-0000-7000-8000-0000000000a6"),
    issued(ReturnRefused, IOM),
)

histories = st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from((*CANONICAL_CASE, *OTHERS)), max_size=2)))
"""A walk along the canonical case: each of its events is told or left out, and some other events come between."""


def walk(history: list[tuple[bool, list[Issued]]]) -> list[Issued]:
    """The events of a history, in order."""
    told: list[Issued] = []
    for step, canonical in enumerate(CANONICAL_CASE):
        tell, between = history[step] if step < len(history) else (True, [])
        told += [canonical] * tell + between
    return told


@examples(150)
@for_all(histories)
def test_any_history_leaves_a_valid_case(history: list[tuple[bool, list[Issued]]]) -> None:
    """Whatever comes in whatever order: a refused event changes nothing, a taken one leaves the case in order."""
    case = CaseView.unopened(CASE_ID)
    for each in walk(history):
        before, digest = case, case.digest
        outcome = Given(case).when(each)
        case = outcome.case
        assert before.digest == digest
        if outcome.refusal is not None:
            assert case is before
        else:
            assert case.version == before.version + 1
            if before.status is CaseStatus.CLOSED:
                assert each.event.after_closure
        assert_in_order(case)


def assert_in_order(case: CaseView) -> None:
    """What is true of every case at every version."""
    assert CaseView.model_validate_json(case.canonical_json()) == case
    agencies = [participant.agency for participant in case.participants]
    assert len(agencies) == len(set(agencies))
    assert (case.version == 0) == (case.status is CaseStatus.UNOPENED)
    assert (case.lead is None) == (case.status in (CaseStatus.UNOPENED, CaseStatus.ERASED))
    assert case.lead is None or case.lead in agencies
    assert all((offer.recipient in agencies) or not offer.stands for offer in case.offers)
    assert not {former.agency for former in case.former} & set(agencies)
    assert (case.closed_for is not None) == (case.status is CaseStatus.CLOSED)
    assert (case.identification is Identification.FORMAL) == (case.investigation is not None)
    assert sum(period.decision is Decision.PENDING for period in case.reflection_periods) <= 1
    assert not case.reflection_periods or MIGRATION in agencies
    assert not case.returns or {COORDINATOR, IOM} <= set(agencies)
    assert all(consent.recipients and consent.purposes for consent in case.consents)


def test_the_canonical_examples_are_one_lawful_case() -> None:
    """Played in order, the canonical examples lead from detection to the way home."""
    case = given(*CANONICAL_CASE).case
    assert case.version == len(CANONICAL_CASE)
    assert {p.agency: p.participation for p in case.participants} == {
        NGO: Participation.OPENED,
        COORDINATOR: Participation.CONSULTED,
        MUNICIPALITY: Participation.REFERRED,
        MIGRATION: Participation.DECIDES,
        IOM: Participation.DECIDES,
    }
    assert [former.agency for former in case.former] == [POLICE]


def test_the_same_history_gives_the_same_bytes() -> None:
    """Two participants who fold the same events hold the same view, byte for byte."""
    assert given(*CANONICAL_CASE).case.canonical_json() == given(*CANONICAL_CASE).case.canonical_json()


def test_the_digest_is_stable() -> None:
    """The digest of a known case changes only when the view's form does, which every participant must then adopt."""
    older = given(*CANONICAL_CASE, before_parts=True).case
    whole = sha256(older.canonical_json()).hexdigest()
    assert whole == "d28097283a7f22e4f2eac032bdff6e9df52234e6d35eeb430de29c003f769d23", "the digest before the parts"
    case = given(*CANONICAL_CASE).case
    assert case.digest == "2d21678244f51df2d257db2a741c8af57de96803d8a5fd7016a6b5ff48ba83b8"
    assert case.digest_of(Part.SUPPORT) == "b03799331dcd94a0289d8afb2a41d5f9dd7be7ba0882b6a5d83e834ce03e14dd"


def test_the_digest_covers_everything() -> None:
    """Two views that differ in any field differ in their digest."""
    case = given(*CANONICAL_CASE).case
    assert case.changed(municipality="0181").digest != case.digest
    assert case.changed(version=case.version + 1).digest != case.digest


@pytest.mark.parametrize("each", CANONICAL_CASE, ids=lambda each: type(each.event).__name__)
def test_judging_again_gives_the_same_answer(each: Issued) -> None:
    """Judged years later, with the provenance it was given, an event gets the answer it got then."""
    assert each.event.occurred_at - each.by.recorded_at == timedelta(minutes=-1)
    before = given(*CANONICAL_CASE[: CANONICAL_CASE.index(each)])
    assert before.when(each) == before.when(each)


def test_an_offer_is_open_until_answered() -> None:
    """An offer's state follows the answer that won."""
    offered = CANONICAL_CASE[:5]
    states: dict[type[CaseEvent], OfferState] = {
        ReferralAccepted: OfferState.ACCEPTED,
        ReferralDeclined: OfferState.DECLINED,
    }
    assert given(*offered).case.offers[0].state is OfferState.OPEN
    for answer, state in states.items():
        assert given(*offered).when(issued(answer, MUNICIPALITY)).then_taken().offers[0].state is state
    withdrawn = given(*offered).when(issued(ReferralWithdrawn, NGO)).then_taken()
    assert withdrawn.offers[0].state is OfferState.WITHDRAWN
