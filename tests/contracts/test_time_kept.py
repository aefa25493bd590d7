"""Who keeps time: any participant may say what ran out, in an order on which all agree, and nobody comes in for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.clocks import DeadlineReminded, fallen_due
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralExpired
from contracts.event.case_event import CaseEvent
from contracts.law.parts import readers
from contracts.law.running_out import running
from contracts.law.time_kept import EVERYBODY_KEEPS_TIME_SINCE, MOST_TURNS, patience
from contracts.sweden.chapters.asylum import AsylumDecided
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded, ReflectionPeriodGranted
from contracts.sweden.chapters.residence import WorkPermitGranted
from contracts.sweden.chapters.residence_permit import ResidencePermitGranted
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, SINCE_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.evolution import EVOLUTIONS
from contracts.view.parts.participants import Participation
from contracts.view.parts.referral import OfferState
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION
from contracts.vocabulary.choices import DeadlineKind
from contracts.vocabulary.parts import Part

DETECTED = CANONICAL_CASE[:1]
EARLIER, SINCE = EVERYBODY_KEEPS_TIME_SINCE - timedelta(seconds=1), EVERYBODY_KEEPS_TIME_SINCE
TURN = timedelta(seconds=30)
OFFERED = (
    *DETECTED,
    issued(ConsentGiven, NGO, recorded_at=SINCE),
    issued(CaseReferred, NGO, id=event_id(5), recorded_at=SINCE),
)
EXPIRED = {"recorded_at": SINCE, "id": event_id(27)}


def who(case: CaseView) -> list[str]:
    """Who takes part, in the order in which they came."""
    return [each.agency for each in case.participants]


@pytest.mark.parametrize(
    ("event", "by"),
    [
        (ConsultationRequested, NGO),
        (ConsentGiven, NGO),
        (CaseReferred, NGO),
        (ChildConcernReported, NGO),
        (ReflectionPeriodGranted, MIGRATION),
        (ResidencePermitGranted, MIGRATION),
        (WorkPermitGranted, MIGRATION),
        (AsylumDecided, MIGRATION),
    ],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_nobody_comes_into_a_case_because_a_clock_runs(event: type[CaseEvent], by: str) -> None:
    """It brought the national coordinator in until a moment; from that moment on it does not."""
    case = given(*DETECTED).case

    def came(recorded_at: object) -> dict[str, Participation]:
        said = issued(event, by, coordinator="coordinator-syd") if event is ConsultationRequested else issued(event, by)
        at = issued(event, by, recorded_at=recorded_at).by  # type: ignore[arg-type]
        after = EVOLUTIONS[event](case, said.event, at)
        return {each.agency: each.participation for each in after.participants if not case.takes_part(each.agency)}

    assert came(EARLIER)[COORDINATOR] is Participation.KEEPS_TIME
    assert COORDINATOR not in came(SINCE)
    assert came(EARLIER).keys() == came(SINCE).keys() | {COORDINATOR}


def test_each_event_that_began_a_clock_for_the_coordinator_is_tried() -> None:
    """No other event brings an agency in to keep time, in any of the sample cases."""
    tried = {ConsultationRequested, ConsentGiven, CaseReferred, ChildConcernReported, ReflectionPeriodGranted}
    for story in (CANONICAL_CASE, *OTHER_CASES.values()):
        for count in range(1, len(story)):
            before, after = given(*story[:count]).case, given(*story[: count + 1]).case
            came = {each.participation for each in after.participants if not before.takes_part(each.agency)}
            if Participation.KEEPS_TIME in came:
                assert type(story[count].event) in tried
                assert story[count].by.recorded_at < EVERYBODY_KEEPS_TIME_SINCE


@pytest.mark.parametrize("agency", [NGO, MUNICIPALITY])
def test_any_participant_says_what_has_run_out_and_the_first_one_counts(agency: str) -> None:
    """The sender or the recipient: the offer is over, and who says so again is refused."""
    assert who(given(*OFFERED).case) == [NGO, MUNICIPALITY]
    after = given(*OFFERED).when(issued(ReferralExpired, agency, **EXPIRED))  # type: ignore[arg-type]
    assert after.then_taken().offers[0].state is OfferState.EXPIRED
    second = issued(ReferralExpired, NGO, id=event_id(28), recorded_at=SINCE)
    given(*OFFERED, issued(ReferralExpired, agency, **EXPIRED)).when(second).then_refused("R19")  # type: ignore[arg-type]


@pytest.mark.parametrize("agency", [POLICE, COORDINATOR, "tax"])
def test_who_takes_no_part_keeps_no_time(agency: str) -> None:
    """Not even the national coordinator."""
    said = issued(ReferralExpired, agency, **EXPIRED)  # type: ignore[arg-type]
    given(*OFFERED).when(said).then_refused("R3")


def test_until_then_the_coordinator_alone_said_it() -> None:
    """An event that another agency recorded then is refused as it was, and by the same rule."""
    earlier = CANONICAL_CASE[:5]
    given(*earlier).when(issued(ReferralExpired, NGO)).then_refused("R19")
    given(*earlier).when(issued(ReferralExpired, COORDINATOR)).then_taken()
    given(*earlier).when(issued(ReferralExpired, NGO, recorded_at=EARLIER)).then_refused("R19")
    given(*earlier).when(issued(ReferralExpired, NGO, recorded_at=SINCE)).then_taken()


def test_nobody_says_it_before_the_time_has_run_out() -> None:
    """A clock that is wrong by a minute or by a year: the rule compares with the deadline, not with the recording."""
    early = {"occurred_at": "2024-03-06T15:00:00Z", "recorded_at": SINCE}
    given(*OFFERED).when(issued(ReferralExpired, NGO, **early)).then_refused("R19")  # type: ignore[arg-type]
    ahead = issued(ReferralExpired, NGO, occurred_at="2031-03-06T15:00:01Z", recorded_at=SINCE)
    given(*OFFERED).when(ahead).then_refused("R20")


def test_the_migration_agency_says_that_time_ran_out_and_revokes() -> None:
    """Its clock is one of those of the participants; its decision is its own."""
    reflecting = CANONICAL_CASE[:13]
    ran_out = given(*reflecting).when(issued(ReflectionPeriodEnded, MIGRATION, recorded_at=SINCE_2026)).then_taken()
    assert ran_out.reflection_periods[0].ended

    def revokes(agency: str) -> Issued:
        said = {"ending": "revoked", "ended_on": "2024-03-20", "occurred_at": "2024-03-20T09:00:00Z"}
        return issued(ReflectionPeriodEnded, agency, recorded_at=SINCE_2026, **said)  # type: ignore[arg-type]

    given(*reflecting).when(revokes(MIGRATION)).then_taken()
    given(*reflecting).when(revokes(POLICE)).then_refused("R5")


def test_the_lead_speaks_first_and_each_other_a_turn_later() -> None:
    """All agree on the order; who does not read the core has no turn, and nobody waits for ever."""
    case = given(*CANONICAL_CASE[:11]).case
    assert (case.lead, who(case)[:2]) == (NGO, [NGO, COORDINATOR])
    turns = {agency: patience(case, readers(case), agency, TURN) for agency in who(case)}
    assert turns == {agency: TURN * n for n, agency in enumerate(who(case))}
    assert patience(case, readers(case), "tax", TURN) is None
    handed_over = case.changed(lead=MUNICIPALITY)
    assert patience(handed_over, readers(handed_over), MUNICIPALITY, TURN) == timedelta()
    assert patience(handed_over, readers(handed_over), NGO, TURN) == TURN
    without_a_lead = case.changed(lead=None)
    assert patience(without_a_lead, readers(without_a_lead), NGO, TURN) == timedelta()
    blind = {**readers(case), NGO: frozenset({Part.SUPPORT})}
    assert patience(case, blind, NGO, TURN) is None
    assert patience(case, blind, COORDINATOR, TURN) == timedelta()
    crowd = case.joined(
        *(f"ngo-{n}" for n in range(50)), participation=Participation.OPENED, since=case.participants[0].since
    )
    assert patience(crowd, readers(crowd), "ngo-49", TURN) == TURN * MOST_TURNS


def test_everything_that_runs_runs_in_the_core() -> None:
    """So each participant can say it, whichever other parts it reads."""
    seen: set[DeadlineKind] = set()
    for story in (CANONICAL_CASE, *OTHER_CASES.values()):
        for count in range(1, len(story) + 1):
            case = given(*story[:count]).case
            assert list(running(case)) == list(running(case.core))
            seen |= {each.kind for each in running(case)}
    assert seen == set(DeadlineKind)


def test_a_case_of_one_agency_needs_no_other() -> None:
    """It reads, reminds and ends its own consent."""
    alone = (issued(VictimDetected, NGO, recorded_at=SINCE), issued(ConsentGiven, NGO, recorded_at=SINCE))
    case = given(*alone).case
    assert who(case) == [NGO]
    due: list[Issued] = []
    for n, event in enumerate(fallen_due(case, SINCE)):
        due.append(issued(type(event), NGO, id=event_id(60 + n), recorded_at=SINCE, **event.model_dump(mode="json")))
    assert isinstance(due[0].event, DeadlineReminded)
    after = given(*alone, *due).case
    assert (after.consents, who(after)) == ((), [NGO])
