"""Clocks: each thing runs out on its Swedish day, across daylight saving and holidays, in order and once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.calendar.days import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT
from contracts.calendar.working_days import is_working_day, last_working_day, name_of_holiday, next_working_day
from contracts.chapters.child_protection import ChildAssessmentOverdue, ChildConcernReported
from contracts.chapters.clocks import DeadlineReminded, fallen_due, reminder_event
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentExpired, ConsentGiven
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, ConsultationUnanswered
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralExpired
from contracts.event.case_event import CaseEvent
from contracts.law.deadlines import deadlines, due_event, next_moment
from contracts.law.running_out import start_of
from contracts.sweden.chapters.awaited_answers import AnswerOverdue
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded
from contracts.sweden.chapters.residence_permit import ResidencePermitEnded
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Given, Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import OfferState
from contracts.vocabulary.agencies import COORDINATOR
from contracts.vocabulary.choices import DeadlineKind

DETECTED = CANONICAL_CASE[:1]
REFLECTING = CANONICAL_CASE[:13]
FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)


def moment(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def by_coordinator(event: CaseEvent) -> Issued:
    """The coordinator's process manager issues what the clocks say."""
    said = event.model_dump(mode="json")
    return issued(type(event), COORDINATOR, **said)


def only(case: CaseView, kind: DeadlineKind) -> tuple[datetime, datetime | None]:
    """When the case's one deadline of a kind is due, and reminded of."""
    (found,) = [each for each in deadlines(case) if each.kind is kind]
    return found.due_at, found.remind_at


def test_an_unopened_case_has_no_clock() -> None:
    """Nothing runs before a case begins, nor right after its detection."""
    assert deadlines(given().case) == () == deadlines(given(*DETECTED).case)
    assert next_moment(given(*DETECTED).case) is None


def test_the_canonical_case_runs_out_in_order() -> None:
    """The first to run out comes first, each with those concerned."""
    case = given(*REFLECTING).case
    found = [(each.kind, each.due_at.isoformat(), each.concerns) for each in deadlines(case)]
    assert found == [
        (DeadlineKind.OFFER, "2024-03-06T15:00:01+00:00", (POLICE, NGO)),
        (DeadlineKind.REFLECTION_PERIOD, "2024-04-06T22:00:00+00:00", (POLICE, NGO)),
        (DeadlineKind.CONSENT, "2024-09-04T22:00:00+00:00", (NGO,)),
    ]


@pytest.mark.parametrize(
    ("last_day", "due_at"),
    [
        ("2024-03-29", "2024-03-29T23:00:00"),
        ("2024-03-30", "2024-03-30T23:00:00"),
        ("2024-03-31", "2024-03-31T22:00:00"),  # the clocks go forward
        ("2024-10-26", "2024-10-26T22:00:00"),
        ("2024-10-27", "2024-10-27T23:00:00"),  # the clocks go back
        ("2024-12-31", "2024-12-31T23:00:00"),
    ],
)
def test_a_consent_ends_with_the_swedish_day(last_day: str, due_at: str) -> None:
    """Midnight in Sweden is an hour earlier in UTC in summer."""
    case = given(*DETECTED, issued(ConsentGiven, NGO, valid_until=last_day)).case
    assert only(case, DeadlineKind.CONSENT)[0] == moment(due_at)
    assert start_of(date.fromisoformat(last_day) + timedelta(days=1)) == moment(due_at)


@pytest.mark.parametrize(
    ("valid_until", "remind_at"),
    [
        ("2024-09-04", "2024-08-21T07:00:00"),
        ("2024-04-12", "2024-03-28T08:00:00"),  # two weeks before is Good Friday
        ("2024-04-15", "2024-03-28T08:00:00"),  # Easter Monday
        ("2024-04-16", "2024-04-02T07:00:00"),  # summer time since Sunday
        ("2025-01-07", "2024-12-23T08:00:00"),  # Christmas Eve is no public holiday, but nobody works
        ("2024-07-05", "2024-06-20T07:00:00"),  # Midsummer Eve
        ("2024-11-10", "2024-10-25T07:00:00"),  # the Sunday when the clocks go back
    ],
)
def test_reminders_come_when_people_are_at_work(valid_until: str, remind_at: str) -> None:
    """Fourteen days before a consent ends, or the last working day before that, at nine in Sweden."""
    case = given(*DETECTED, issued(ConsentGiven, NGO, valid_until=valid_until)).case
    assert only(case, DeadlineKind.CONSENT)[1] == moment(remind_at)


def test_what_is_short_is_not_reminded_of() -> None:
    """Nobody is reminded of a consent before it was given."""
    short = given(*DETECTED, issued(ConsentGiven, NGO, valid_until="2024-03-18")).case
    assert only(short, DeadlineKind.CONSENT) == (moment("2024-03-18T23:00:00"), None)
    longer = given(*DETECTED, issued(ConsentGiven, NGO, valid_until="2024-03-19")).case
    assert only(longer, DeadlineKind.CONSENT)[1] == moment("2024-03-05T08:00:00")
    assert next_moment(short) == moment("2024-03-18T23:00:00")


def test_the_child_clock_runs_on_holidays() -> None:
    """Social services are on duty at Easter: the next day is the next day."""
    reported = (*OTHER_CASES["a child alone"][:1], issued_concern("2024-03-29T21:00:00Z"))
    assert only(given(*reported).case, DeadlineKind.CHILD_ASSESSMENT) == (
        moment("2024-03-30T23:00:00"),
        moment("2024-03-30T08:00:00"),
    )
    before_summer_time = (*OTHER_CASES["a child alone"][:1], issued_concern("2024-03-30T21:00:00Z"))
    assert only(given(*before_summer_time).case, DeadlineKind.CHILD_ASSESSMENT) == (
        moment("2024-03-31T22:00:00"),
        moment("2024-03-31T07:00:00"),
    )


@pytest.mark.parametrize(
    ("asked_at", "due_at", "remind_at"),
    [
        ("2024-03-04T10:15:00Z", "2024-03-07T23:00:00", "2024-03-07T08:00:00"),
        ("2024-03-04T22:59:59Z", "2024-03-07T23:00:00", "2024-03-07T08:00:00"),  # the last second of the day
        ("2024-03-04T23:00:00Z", "2024-03-08T23:00:00", "2024-03-08T08:00:00"),
        ("2024-03-28T12:00:00Z", "2024-03-31T22:00:00", "2024-03-31T07:00:00"),  # Easter; the clocks go forward
        ("2024-10-26T12:00:00Z", "2024-10-29T23:00:00", "2024-10-29T08:00:00"),  # they go back
    ],
)
def test_a_question_waits_three_days_for_advice(asked_at: str, due_at: str, remind_at: str) -> None:
    """From its recording, for a case may be entered from paper; holidays count: later calendars change nothing."""
    asked = issued(ConsultationRequested, NGO, recorded_at=moment(asked_at.removesuffix("Z")))
    case = given(*DETECTED, asked).case
    assert only(case, DeadlineKind.CONSULTATION) == (moment(due_at), moment(remind_at))
    (deadline,) = (each for each in deadlines(case) if each.kind is DeadlineKind.CONSULTATION)
    assert deadline.concerns == (COORDINATOR, NGO)


def test_each_question_has_a_clock_of_its_own_until_it_is_answered() -> None:
    """Advice stops one and not the other; it may still come when the time is out, and nothing runs out twice."""
    first = issued(ConsultationRequested, NGO, id=event_id(2))
    second = issued(ConsultationRequested, NGO, id=event_id(60), coordinator="coordinator-syd")
    asked = (*DETECTED, first, second)

    def running(*events: Issued) -> list[str]:
        case = given(*asked, *events).case
        return [each.subject for each in deadlines(case) if each.kind is DeadlineKind.CONSULTATION]

    advice = issued(AdviceGiven, COORDINATOR, occurred_at="2024-03-20T09:00:00Z")
    unanswered = issued(ConsultationUnanswered, COORDINATOR)
    assert running() == [event_id(2), event_id(60)]
    assert running(advice) == running(unanswered) == running(unanswered, advice) == [event_id(60)]
    late = given(*asked, unanswered, advice).case.consultations[0]
    assert (late.answered, late.overdue) == (True, True)
    assert running(issued(CaseClosed, NGO, reason="deceased")) == []


def issued_concern(at: str) -> Issued:
    """A concern reported at a moment."""
    return issued(type(OTHER_CASES["a child alone"][1].event), NGO, occurred_at=at)


@pytest.mark.parametrize(
    ("respond_by", "remind_at"),
    [
        ("2024-03-11T13:30:00Z", "2024-03-10T13:30:00"),  # a week: a day before
        ("2024-03-06T13:30:00Z", "2024-03-05T13:30:00"),  # two days: half-way is a day before
        ("2024-03-04T14:30:00Z", "2024-03-04T14:00:00"),  # an hour: half an hour before
    ],
)
def test_an_offer_is_reminded_of_a_day_before_or_half_way(respond_by: str, remind_at: str) -> None:
    """Who has an hour to answer is not reminded the day before the offer."""
    case = given(*CANONICAL_CASE[:4], issued(CaseReferred, NGO, respond_by=respond_by)).case
    assert only(case, DeadlineKind.OFFER)[1] == moment(remind_at)


def test_permits_are_reminded_of_a_month_before() -> None:
    """Thirty days before the last one, for the applicant and the lead."""
    permitted = OTHER_CASES["a permit, and its end"][:-1]
    assert only(given(*permitted).case, DeadlineKind.PERMIT) == (
        moment("2024-10-04T22:00:00"),
        moment("2024-09-04T07:00:00"),
    )


def test_every_kind_says_its_own_event() -> None:
    """What is said when a deadline has run out, with what it is about."""
    cases = [given(*case[:-1]).case for case in OTHER_CASES.values()]
    said = {each.kind: type(due_event(each)) for case in cases for each in deadlines(case)}
    assert said == {
        DeadlineKind.OFFER: ReferralExpired,
        DeadlineKind.CONSENT: ConsentExpired,
        DeadlineKind.REFLECTION_PERIOD: ReflectionPeriodEnded,
        DeadlineKind.PERMIT: ResidencePermitEnded,
        DeadlineKind.CHILD_ASSESSMENT: ChildAssessmentOverdue,
        DeadlineKind.CONSULTATION: ConsultationUnanswered,
        DeadlineKind.AWAITED: AnswerOverdue,
    }


@pytest.mark.parametrize(
    ("case", "event"),
    [
        ("nobody answers", ReferralExpired),
        ("consent runs out", ConsentExpired),
        ("the reflection period runs out", ReflectionPeriodEnded),
        ("a permit, and its end", ResidencePermitEnded),
        ("a child whom nobody assesses in time", ChildAssessmentOverdue),
        ("a question that nobody answers", ConsultationUnanswered),
        ("a decision that is late", AnswerOverdue),
    ],
)
def test_the_canonical_ends_are_what_the_clocks_say(case: str, event: type[CaseEvent]) -> None:
    """The canonical example of each end is the event that its deadline gives."""
    before = given(*OTHER_CASES[case][:-1]).case
    assert event.canonical() in [due_event(each) for each in deadlines(before)]


def test_the_canonical_reminder_is_what_the_clocks_say() -> None:
    """A reflection period that ends after Easter is reminded of on Maundy Thursday."""
    period = next(each for each in deadlines(given(*REFLECTING).case) if each.kind is DeadlineKind.REFLECTION_PERIOD)
    assert reminder_event(period) == DeadlineReminded.canonical()


def test_what_fell_due_while_everything_was_down_is_issued_in_order_and_once() -> None:
    """Played into the case, everything that fell due is taken, and nothing of it falls due again."""
    case = given(*REFLECTING).case
    due = fallen_due(case, moment("2024-04-07T08:00:00"))
    assert [type(event) for event in due] == [
        DeadlineReminded,
        ReferralExpired,
        DeadlineReminded,
        ReflectionPeriodEnded,
    ]
    assert [event.occurred_at for event in due] == sorted(event.occurred_at for event in due)
    for event in due:
        case = Given(case).when(by_coordinator(event)).then_taken()
    assert fallen_due(case, moment("2024-04-07T08:00:00")) == ()
    assert next_moment(case) == moment("2024-08-21T07:00:00")


def test_nothing_falls_due_early() -> None:
    """The moment itself counts, the one before does not."""
    case = given(*CANONICAL_CASE[:5]).case
    reminded, expires = moment("2024-03-05T14:15:00"), moment("2024-03-06T15:00:01")
    remind_at = only(case, DeadlineKind.OFFER)[1]
    assert remind_at == moment("2024-03-05T15:00:00") > reminded
    assert fallen_due(case, remind_at - timedelta(microseconds=1)) == ()
    assert [type(event) for event in fallen_due(case, remind_at)] == [DeadlineReminded]
    assert [type(event) for event in fallen_due(case, expires - timedelta(microseconds=1))] == [DeadlineReminded]
    assert [type(event) for event in fallen_due(case, expires)] == [DeadlineReminded, ReferralExpired]


def test_a_deadline_is_reminded_of_once() -> None:
    """After the reminder only the end is left."""
    case = given(*REFLECTING, issued(DeadlineReminded, COORDINATOR)).case
    period = next(each for each in deadlines(case) if each.kind is DeadlineKind.REFLECTION_PERIOD)
    assert period.remind_at is None
    with pytest.raises(ValueError, match="reminded"):
        reminder_event(period)


def test_the_clock_and_an_answer_race_and_one_wins() -> None:
    """R19: whichever the log takes first is the outcome; the other is refused, here since its issuer has left (R3)."""
    offered = CANONICAL_CASE[:5]
    accepted, expired = issued(ReferralAccepted, MUNICIPALITY), issued(ReferralExpired, COORDINATOR)
    given(*offered, accepted).when(expired).then_refused("R19")
    given(*offered, expired).when(accepted).then_refused("R3")
    assert given(*offered, expired).case.offers[0].state is OfferState.EXPIRED


def test_in_a_closed_case_only_offers_and_consents_run_out() -> None:
    """R18: their ends are taken without reopening, and nobody is reminded."""
    case = given(*REFLECTING, issued(CaseClosed, NGO)).case
    assert [(each.kind, each.remind_at) for each in deadlines(case)] == [
        (DeadlineKind.OFFER, None),
        (DeadlineKind.CONSENT, None),
    ]
    for event in fallen_due(case, FOR_EVER):
        case = Given(case).when(by_coordinator(event)).then_taken()
    assert deadlines(case) == ()


def test_a_late_assessment_is_taken() -> None:
    """R14: late is better than never; the clock has only said that it was."""
    overdue = OTHER_CASES["a child whom nobody assesses in time"]
    assessment = OTHER_CASES["a child alone"][2]
    case = given(*overdue, assessment).case
    assert (case.child_concerns[0].overdue, case.child_concerns[0].protection_needed) == (True, True)
    assert deadlines(case) == ()


def test_an_end_that_is_recorded_late_occurred_in_time() -> None:
    """R20: what is issued after a long silence is judged by when it fell due."""
    late = issued(ReferralExpired, COORDINATOR, recorded_at=moment("2024-05-01T00:00:00"))
    given(*CANONICAL_CASE[:5]).when(late).then_taken()


def test_two_consents_run_apart() -> None:
    """Each consent has its own clock."""
    second = issued(ConsentGiven, NGO, id=event_id(101), valid_until="2024-06-03")
    case = given(*CANONICAL_CASE[:4], second).case
    assert [each.subject for each in deadlines(case)] == [event_id(101), event_id(4)]


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2024-03-28", True),
        ("2024-03-29", False),
        ("2024-04-06", False),
        ("2024-04-07", False),
        ("2024-05-01", False),
        ("2024-06-06", False),
        ("2024-06-21", False),
        ("2024-12-24", False),
        ("2024-12-27", True),
        ("2024-12-31", False),
    ],
)
def test_working_days(day: str, working: bool) -> None:
    """Weekends, public holidays and the customary eves are free."""
    assert is_working_day(date.fromisoformat(day)) is working


def test_the_nearest_working_days() -> None:
    """Easter 2024, from either side; a working day is its own nearest."""
    assert last_working_day(date(2024, 4, 1)) == date(2024, 3, 28) == last_working_day(date(2024, 3, 28))
    assert next_working_day(date(2024, 3, 29)) == date(2024, 4, 2) == next_working_day(date(2024, 4, 2))
    assert name_of_holiday(date(2024, 3, 29)) == "Långfredagen"
    assert name_of_holiday(date(2024, 3, 28)) is None


@pytest.mark.parametrize("last", [FIRST_DAY, LAST_DAY])
def test_what_lasts_until_an_end_of_the_range_has_an_event_to_say_so(last: date) -> None:
    """Consents for as long as one can write, or over at once: their end is an event that everybody can read."""
    detected = issued(VictimDetected, NGO, occurred_at=FIRST_MOMENT.isoformat())
    consent = issued(ConsentGiven, NGO, occurred_at=FIRST_MOMENT.isoformat(), valid_until=last.isoformat())
    case = given(detected, consent).case
    (deadline,) = deadlines(case)
    assert due_event(deadline).occurred_on == last + timedelta(days=1)
    assert next_moment(case) is not None
    given(detected, consent, *map(by_coordinator, fallen_due(case, LAST_MOMENT)))


def test_what_would_run_out_beyond_the_range_runs_out_at_its_end() -> None:
    """The last offer and the last report of concern that one can write."""
    last = LAST_MOMENT.isoformat()
    child = issued(VictimDetected, NGO, occurred_at=last, age_band="minor")
    offer = issued(
        CaseReferred, NGO, occurred_at="2200-12-31T08:00:00Z", purposes=["child-protection"], respond_by=last
    )
    case = given(child, issued(ChildConcernReported, NGO, occurred_at=last), offer).case
    assert [each.due_at for each in deadlines(case)] == [LAST_MOMENT, LAST_MOMENT]
    said = [type(each) for each in fallen_due(case, LAST_MOMENT)]
    assert ReferralExpired in said and ChildAssessmentOverdue in said
