"""The parts of a case (R25): all agree on the core without the details, and each reads what its tasks need."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from contracts.chapters.assistance import NeedsAssessed, SupportProvided
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined
from contracts.errors import InvalidEventError
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.event.fact import _texts_of
from contracts.event.sections import core_of, has_details, merged, read_core, read_whole, sections_of, without_details
from contracts.law.decider import decide_core, evolve, evolve_core
from contracts.law.in_force import RULESETS, ruleset_in_force
from contracts.law.parts import parts_of, readers
from contracts.law.promises import promised_and_not_given
from contracts.privacy.readers import NARROWING
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import PART_OF, CaseView
from contracts.view.parts.referral import OfferState
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS, Part

NGO, MUNICIPALITY, POLICE, TAX = "ngo-fyren", "municipality-0180", "police", "tax"
CASES = {"the canonical case": CANONICAL_CASE, **OTHER_CASES}
every_event = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def reads(case: CaseView, agency: str) -> set[str]:
    """The names of the parts that an agency reads."""
    return {part.value for part in parts_of(case, agency)}


@every_event
def test_no_free_text_lies_in_the_core(event: type[CaseEvent]) -> None:
    """Every participant reads the core, and a free text may say anything."""
    assert _texts_of(event) <= event.details
    assert event.details <= event.model_fields.keys()
    assert bool(event.details) <= (event.part is not Part.CORE)
    assert event.sealed or not event.details


@every_event
def test_both_sections_make_the_event(event: type[CaseEvent]) -> None:
    """Divided and read again it is the same; the core says nothing of the details."""
    whole = event.canonical()
    core, details = sections_of(whole)
    assert read_whole(event.type_name(), core, details) == whole
    bare = read_core(event.type_name(), core)
    assert bare.__dict__.keys() & event.model_fields.keys() == set(event.core_fields())
    for name in event.details:
        with pytest.raises(AttributeError):
            getattr(core_of(whole), name)
    if details is not None:
        assert read_whole(event.type_name(), merged(core, details), None) == whole
        with pytest.raises(InvalidEventError):
            read_core(event.type_name(), merged(core, details))
        with pytest.raises(InvalidEventError):
            read_whole(event.type_name(), merged(core, details), details)
    assert read_core(event.type_name(), without_details(event, merged(core, details or core))) == bare


@every_case
def test_all_agree_on_the_core(case: tuple[Issued, ...]) -> None:
    """Who reads only the core judges it as everybody does, by every ruleset, and folds it to the same digest."""
    whole = core_alone = CaseView.unopened("018e0a00-0000-7000-8000-0000000000ff")
    for each in case:
        event, by, core = each.event, each.by, core_of(each.event)
        for ruleset in RULESETS:
            verdicts = [
                decide_core(view, core, by, ruleset, detailed=has_details(event)) for view in (whole, core_alone)
            ]
            assert verdicts[0] == verdicts[1]
        in_force = ruleset_in_force(event.occurred_on, by.recorded_at)
        assert decide_core(core_alone, core, by, in_force, detailed=has_details(event)) is None
        whole, core_alone = evolve(whole, event, by), evolve_core(core_alone, core, by)
        assert core_alone.digest == whole.digest
        assert core_alone.core == whole.core
        assert readers(core_alone) == readers(whole)


@every_case
def test_who_issues_an_event_reads_its_part(case: tuple[Issued, ...]) -> None:
    """Before it, or from it on: so every case that the law knows can be told in parts."""
    for count, each in enumerate(case):
        before = given(*case[:count]).case
        after = evolve(before, each.event, each.by)
        may_write = parts_of(before, each.by.agency) | parts_of(after, each.by.agency)
        answers = before.is_offered(each.by.agency) and each.event.answers_an_offer
        assert answers or each.event.part in may_write or not has_details(each.event)


def test_each_participant_reads_what_its_task_needs() -> None:
    """At the end of a joint inspection, and of the canonical case."""
    inspected = given(*OTHER_CASES["a joint inspection"]).case
    assert reads(inspected, TAX) == {"core", "inspection"}
    assert reads(inspected, "labour-inspectorate") == {"core", "inspection"}
    assert reads(inspected, NGO) == {"core", "support", "integration", "stay", "dialogue"}
    case = given(*CANONICAL_CASE[:12]).case
    assert reads(case, POLICE) >= {"core", "investigation", "stay"} and "support" not in reads(case, POLICE)
    assert reads(case, "coordinator-stockholm") == set()


def test_an_offer_opens_no_details_until_it_is_accepted() -> None:
    """And a consent that is taken back closes them."""
    offered = given(*CANONICAL_CASE[:5])
    recipient = offered.case.offers[-1].recipient
    assert reads(offered.case, recipient) == {"core", "dialogue"}
    accepted = offered.when(issued(ReferralAccepted, recipient)).then_taken()
    assert reads(accepted, recipient) == {"core", "dialogue", "support", "integration"}
    declined = offered.when(issued(ReferralDeclined, recipient, id=event_id(400))).then_taken()
    assert reads(declined, recipient) == set()


def test_a_purpose_that_is_taken_back_closes_its_part() -> None:
    """The agency stays for the purpose that is left."""
    consent = issued(
        ConsentGiven, NGO, id=event_id(500), recipients=["region-01"], purposes=["support", "investigation"]
    )
    offer = issued(
        CaseReferred, NGO, id=event_id(501), recipient="region-01", purposes=["support", "investigation"], services=[]
    )
    accepted = issued(ReferralAccepted, "region-01", offer_id=event_id(501), services=[])
    before = given(*CANONICAL_CASE[:3], consent, offer, accepted)
    assert {"support", "investigation"} <= reads(before.case, "region-01")
    gone = issued(
        ConsentWithdrawn,
        NGO,
        id=event_id(502),
        occurred_at="2024-04-01T10:00:00Z",
        consent_id=event_id(500),
        recipients=[],
        purposes=["support"],
    )
    after = before.when(gone).then_taken()
    assert reads(after, "region-01") == {"core", "dialogue", "investigation"}


@every_case
def test_an_event_that_takes_a_reader_away_says_so_by_its_name(case: tuple[Issued, ...]) -> None:
    """The coordinator then deletes the grants of those who may not read any more."""
    view = CaseView.unopened("018e0a00-0000-7000-8000-0000000000ff")
    for each in case:
        before, view = readers(view), evolve(view, each.event, each.by)
        lost = [agency for agency, parts in before.items() if not parts <= readers(view).get(agency, frozenset())]
        assert not lost or type(each.event).__name__ in NARROWING


def test_another_investigation_takes_the_part_from_who_led_the_first() -> None:
    """The prosecutors lead it then."""
    opened = given(*CANONICAL_CASE[:7], issued(InvestigationOpened, POLICE), issued(InvestigationClosed, POLICE))
    again = issued(InvestigationOpened, "prosecutor", id=event_id(800))
    after = evolve(opened.case, again.event, again.by)
    assert "investigation" in reads(opened.case, POLICE) and "investigation" not in reads(after, POLICE)
    assert "InvestigationOpened" in NARROWING


def test_nobody_writes_where_it_does_not_read() -> None:
    """R25 names those who can; without details the event is taken."""
    offered = given(*CANONICAL_CASE[:5])
    recipient, lead = offered.case.offers[-1].recipient, offered.case.lead
    refused = offered.when(issued(NeedsAssessed, recipient, id=event_id(600))).then_refused("R25")
    assert lead in refused.missing.supplied_by and recipient not in refused.missing.supplied_by
    before = given(*OTHER_CASES["a joint inspection"][:-3])
    report = issued(LabourInspectionReported, TAX, id=event_id(601))
    assert has_details(report.event) and before.when(report).then_taken()


def test_a_new_lead_reads_and_the_former_does_not() -> None:
    """The support follows the lead."""
    before = given(*OTHER_CASES["the municipality takes the lead"][:-1])
    after = before.when(OTHER_CASES["the municipality takes the lead"][-1]).then_taken()
    assert isinstance(OTHER_CASES["the municipality takes the lead"][-1].event, LeadHandedOver)
    assert "support" in reads(before.case, NGO) and "support" not in reads(after, NGO)
    assert "support" in reads(after, after.lead or "")


def test_an_older_case_gets_parts_and_takes_nothing_from_its_participants() -> None:
    """Who took part goes on reading everything; who comes later reads what its task needs."""
    case = given(*CANONICAL_CASE[:6], before_parts=True).case
    assert all(parts == frozenset(Part) for parts in readers(case).values())
    parted = case.with_parts()
    assert (parted.before_parts, parted.knew_all) == (False, tuple(each.agency for each in case.participants))
    assert readers(parted) == readers(case) and parted.with_parts() is parted
    invited = given(*OTHER_CASES["a joint inspection"][:-4], before_parts=True).case.with_parts()
    requested = issued(LabourInspectionRequested, POLICE, id=event_id(700), partners=[TAX])
    after = evolve(invited, requested.event, requested.by)
    assert reads(after, TAX) == {"core", "inspection"}
    assert reads(after, NGO) == {part.value for part in Part}


def test_the_parts_of_a_view_add_up() -> None:
    """A view of the core and of each other part has all that the whole view has, and every field has one part."""
    whole = given(*CANONICAL_CASE).case
    assert whole.only(*Part) == whole
    assert PART_OF.keys() <= CaseView.model_fields.keys()
    added = whole.core.with_details_of(whole)
    assert added == whole and added.canonical_json() == whole.canonical_json()
    assert whole.digest == whole.core.digest and whole.digest_of(Part.SUPPORT) != whole.core.digest_of(Part.SUPPORT)
    assert whole.only(Part.SUPPORT).digest_of(Part.SUPPORT) == whole.digest_of(Part.SUPPORT)


def test_who_does_not_read_the_support_finds_no_broken_promise() -> None:
    """The core says what was promised, and not what was given: nothing follows from it."""
    case = given(*OTHER_CASES["a referral to its end"]).case
    promise = {"state": OfferState.ACCEPTED, "accepted_on": date(2024, 3, 5), "report": None}
    offer = next(each for each in case.offers if each.promised).model_copy(update=promise)
    silent = case.changed(support=(), offers=(offer,))
    assert promised_and_not_given(silent, date(2030, 1, 1)) != ()
    assert promised_and_not_given(silent.core, date(2030, 1, 1)) == ()
    assert Part.SUPPORT in case.core.hidden and case.only(*Part).hidden == ()


def test_a_rule_of_a_part_judges_events_of_that_part_alone() -> None:
    """So its judges are the readers of one part; each other rule reads the core."""
    for ruleset in RULESETS:
        for rule in ruleset.rules:
            assert all(rule.part in (Part.CORE, event.part) for event in rule.judges if event in EVENTS.values())
        for event in EVENTS.values():
            every = ruleset.judging(event)
            assert every == (*ruleset.judging(event, Part.CORE), *_of_other_parts(ruleset.judging(event)))
            assert {rule.part for rule in every} <= {Part.CORE, event.part}


def _of_other_parts(rules: Iterable[object]) -> tuple[object, ...]:
    return tuple(rule for rule in rules if getattr(rule, "part", None) is not Part.CORE)


def test_each_compartment_belongs_to_one_part() -> None:
    """The core keeps the compartment in which everything lay before."""
    assert COMPARTMENTS["case"] is Part.CORE and len(COMPARTMENTS) == len(Part) + len(OFFERS)
    assert SupportProvided.details == SupportProvided.model_fields.keys() - {"occurred_at"}
