"""Actions: what an agency may do in a case now, how it is filled in, and what the rest lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.directories import admitted, stated

from contracts.chapters.assistance import SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureRequested
from contracts.chapters.external_referral import ExternalReferralMade
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralWithdrawn
from contracts.chapters.transnational import TransnationalReferralOffered
from contracts.directory.events import AgencySuspended, ProviderCertified
from contracts.directory.evolution import fold_directory
from contracts.directory.view import DirectoryView
from contracts.event.case_event import EVENTS, CaseEvent, Chapter, Provenance
from contracts.law.decider import decide
from contracts.law.in_force import ruleset_in_force
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.labour import LabourInspectionRequested
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded, ReflectionPeriodGranted
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed
from contracts.sweden.chapters.residence_permit import ResidencePermitRequested
from contracts.sweden.guidance.actions import Action, actions
from contracts.sweden.guidance.event_form import PARTS, FieldType, FormField, form_of, shape_of
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, SINCE_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import (
    COORDINATOR,
    CRIME_VICTIM_AUTHORITY,
    IOM,
    MIGRATION,
    NO_PERSON,
    AgencyId,
    AgencyKind,
    Role,
    kind_named_by,
)
from contracts.vocabulary.wording import Wording

OTHERS = (
    "municipality-0184",
    "tax",
    "labour-inspectorate",
    "prosecutor",
    "foreign-partner-ro",
    "crime-victim-authority",
)
ON_THE_BUS = (NGO, POLICE, MUNICIPALITY, MIGRATION, COORDINATOR, IOM, CRIME_VICTIM_AUTHORITY, *OTHERS)
DIRECTORY = fold_directory(map(admitted, ON_THE_BUS))
AT_NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
OFFERED = CANONICAL_CASE[:5]
REFLECTING = CANONICAL_CASE[:13]


def mandate_of(kind: AgencyKind) -> dict[type[CaseEvent], Role]:
    """All that an agency of this kind may issue."""
    return {event: event.roles[kind] for event in EVENTS.values() if kind in event.issuers}


def judged(
    case: CaseView, agency: AgencyId, at: datetime = AT_NOON, directory: DirectoryView = DIRECTORY
) -> dict[type[CaseEvent], Action]:
    """What people of this agency may do in the case."""
    kind = kind_named_by(agency)
    assert kind is not None
    found = actions(case, mandate_of(kind), Provenance(event_id(999), agency, kind, at), directory)
    return {action.event: action for action in found}


def action(event: type[CaseEvent], agency: AgencyId, *events: Issued, at: datetime = AT_NOON, **more: Any) -> Action:
    """One of the actions after these events."""
    return judged(given(*events).case, agency, at, **more)[event]


def field(action: Action, name: str) -> FormField:
    """A field of an action."""
    return next(each for each in action.fields if each.name == name)


def lawful_steps() -> Iterator[tuple[str, CaseView, Issued]]:
    """Every lawful next step that a person takes in the sample cases, and the case before it."""
    for name, events in {"the canonical case": CANONICAL_CASE, **OTHER_CASES}.items():
        for n, step in enumerate(events[1:], start=1):
            if type(step.event).roles[step.by.kind] not in NO_PERSON:
                yield f"{name}, {n}: {type(step.event).__name__}", given(*events[:n]).case, step


STEPS = list(lawful_steps())


@pytest.mark.parametrize(("case", "step"), [step[1:] for step in STEPS], ids=[step[0] for step in STEPS])
def test_what_was_done_next_was_possible(case: CaseView, step: Issued) -> None:
    """No lawful step of a sample case is called impossible before it; and each part that it names is offered."""
    found = judged(case, step.by.agency, step.by.recorded_at)[type(step.event)]
    assert found.possible is True or type(step.event) is ReimbursementClaimed
    for each in found.fields:
        if each.type is FieldType.PART:
            named = getattr(step.event, each.name) or ()
            assert set((named,) if isinstance(named, str) else named) <= {choice.value for choice in each.choices}


@pytest.mark.parametrize(("case", "step"), [step[1:] for step in STEPS], ids=[step[0] for step in STEPS])
def test_what_is_called_impossible_is_refused(case: CaseView, step: Issued) -> None:
    """An event that is called impossible is refused as its example says it."""
    by = replace(step.by, event_id=event_id(999))
    for event, found in judged(case, by.agency, by.recorded_at).items():
        if found.possible is False:
            assert found.refusal is not None
            said = event.canonical().model_copy(update={"occurred_at": by.recorded_at})
            assert decide(case, said, by, ruleset_in_force(said.occurred_on, by.recorded_at)) is not None, event


def test_the_open_offer_is_the_default() -> None:
    """A recipient with one open offer need not look for its id; with two it chooses, told by plain words."""
    answer = action(ReferralAccepted, MUNICIPALITY, *OFFERED)
    assert (answer.possible, field(answer, "offer_id").default) == (True, OFFERED[4].by.event_id)
    label = field(answer, "offer_id").choices[0].label
    assert "stöd" in label.sv and "support" in label.en and "2024-03-06" in label.sv


def test_only_ones_own_offers_are_chosen_from() -> None:
    """Of two open offers, each recipient is offered its own, and their referrer both without a default."""
    events = CANONICAL_CASE[:5]
    to_police = issued(CaseReferred, NGO, id=event_id(7), recipient=POLICE, purposes=["investigation"], services=[])
    for agency, own in ((MUNICIPALITY, event_id(5)), (POLICE, event_id(7))):
        offered = field(action(ReferralDeclined, agency, *events, to_police), "offer_id")
        assert [choice.value for choice in offered.choices] == [own] == [offered.default]
    both = field(action(ReferralWithdrawn, NGO, *events, to_police), "offer_id")
    assert ([choice.value for choice in both.choices], both.default) == ([event_id(7), event_id(5)], None)


def test_who_may_not_answer_learns_who_may() -> None:
    """An offer to somebody else is refused with the rule, what is missing and who supplies it."""
    refused = action(ReferralAccepted, NGO, *OFFERED)
    assert refused.possible is False and refused.refusal is not None
    assert (refused.refusal.rule.id, refused.refusal.missing.supplied_by) == ("R19", (MUNICIPALITY,))
    assert field(refused, "offer_id").choices == ()


def test_a_referral_without_consent_lacks_the_consent() -> None:
    """Whoever is asked, and whatever for, the victim has not consented yet."""
    refused = action(CaseReferred, NGO, *CANONICAL_CASE[:1])
    assert refused.possible is False and refused.refusal is not None
    assert refused.refusal.rule.id == "R3"
    assert refused.refusal.missing.supplied_by == ("the victim, through the agency in dialogue with the victim",)
    assert action(CaseReferred, NGO, *CANONICAL_CASE[:4]).possible is True


def test_a_child_is_referred_to_social_services_without_consent() -> None:
    """One way is enough: of all recipients and purposes, social services for the protection of the child."""
    assert action(CaseReferred, NGO, issued(VictimDetected, NGO, age_band="minor")).possible is True


def test_a_question_that_nobody_answered_is_the_default() -> None:
    """The coordinator answers the question that is open, and may add to an answer that it has given."""
    assert field(action(AdviceGiven, COORDINATOR, *CANONICAL_CASE[:2]), "consultation_id").default == event_id(2)
    answered = action(AdviceGiven, COORDINATOR, *CANONICAL_CASE[:3])
    assert (len(field(answered, "consultation_id").choices), field(answered, "consultation_id").default) == (1, None)


def test_the_plan_in_force_is_the_default() -> None:
    """Services and revisions name the latest plan, also where the event could be sent without one."""
    events = (*REFLECTING, issued(SupportPlanDrafted, MUNICIPALITY, id=event_id(301)))
    for event in (SupportProvided, SupportPlanRevised):
        assert field(action(event, MUNICIPALITY, *events), "plan_id").default == event_id(301)


def test_a_permit_is_not_prolonged_by_default() -> None:
    """A field that an event mostly leaves out has choices, and no default."""
    events = OTHER_CASES["a permit, and its end"][:-1]
    extends = field(action(ResidencePermitRequested, POLICE, *events, at=events[-1].by.recorded_at), "extends")
    assert (len(extends.choices), extends.default) == (1, None)


def test_emergency_accommodation_comes_before_a_plan() -> None:
    """A field of yes or no is tried both ways: without any plan, only an emergency is lawful."""
    accepted = (*OFFERED, issued(ReferralAccepted, MUNICIPALITY))
    assert action(SupportProvided, MUNICIPALITY, *accepted).possible is True
    assert action(SupportPlanDrafted, MUNICIPALITY, *accepted).possible is False


def test_a_right_is_revoked_while_it_is_in_force() -> None:
    """A closed list is tried whole: the Migration Agency revokes what only the clock lets run out."""
    during = datetime(2024, 3, 20, 12, tzinfo=UTC)
    assert action(ReflectionPeriodEnded, MIGRATION, *REFLECTING, at=during).possible is True
    assert action(ReflectionPeriodGranted, MIGRATION, *REFLECTING, at=during).possible is False


def test_what_hangs_on_what_a_person_writes_cannot_be_told() -> None:
    """A claim whose days nobody knows yet is neither possible nor impossible, and says no rule."""
    claim = action(ReimbursementClaimed, MUNICIPALITY, *REFLECTING, at=datetime(2024, 12, 1, tzinfo=UTC))
    assert (claim.possible, claim.refusal) == (None, None)
    assert field(claim, "support_ids").default == [event_id(13)]


def test_a_stranger_can_do_nothing_and_learns_who_can() -> None:
    """Who does not take part is refused by one rule throughout, also in the events that came later."""
    found = judged(given(*CANONICAL_CASE[:1]).case, POLICE, SINCE_2026).values()
    assert {each.refusal.rule.id for each in found if each.refusal} == {"R3"}
    assert all(each.possible is False for each in found)


def test_only_the_lead_closes() -> None:
    """The lead may, and another participant learns who leads."""
    assert action(CaseClosed, NGO, *OFFERED).possible is True
    refused = action(CaseClosed, MUNICIPALITY, *OFFERED)
    assert refused.refusal is not None and refused.refusal.missing.supplied_by == (NGO,)


def test_an_agency_that_is_not_there_cannot_be_asked() -> None:
    """With nobody on the bus whom an event could ask, it is refused by the directory's rule."""
    alone = fold_directory([admitted(COORDINATOR), admitted(NGO)])
    consent = issued(ConsentGiven, NGO, id=event_id(102), recipients=["foreign-partner-ro"], purposes=["safe-return"])
    events = (*CANONICAL_CASE[:4], consent)
    assert action(TransnationalReferralOffered, COORDINATOR, *events).possible is True
    refused = action(TransnationalReferralOffered, COORDINATOR, *events, directory=alone)
    assert refused.possible is False and refused.refusal is not None and refused.refusal.rule.id == "R24"


def test_a_suspended_agency_is_not_asked() -> None:
    """A consultation needs a coordinator who is there."""
    suspended = fold_directory([*map(admitted, (NGO, COORDINATOR)), stated(AgencySuspended, agency=COORDINATOR)])
    refused = action(ConsultationRequested, NGO, *CANONICAL_CASE[:1], directory=suspended)
    assert refused.refusal is not None and refused.refusal.rule.id == "R24"


def test_the_directorys_certificate_is_the_default() -> None:
    """Within the programme the provider's certificate in force is filled in; without one it cannot accept."""
    offer = issued(CaseReferred, NGO, programme=True)
    certified = fold_directory([*map(admitted, ON_THE_BUS), stated(ProviderCertified, agency=MUNICIPALITY)])
    able = action(ReferralAccepted, MUNICIPALITY, *CANONICAL_CASE[:4], offer, directory=certified)
    unable = action(ReferralAccepted, MUNICIPALITY, *CANONICAL_CASE[:4], offer)
    entry = certified.entry(MUNICIPALITY)
    assert entry is not None
    (held,) = entry.certifications
    assert able.possible is True
    assert field(able, "certificate").default == {"id": held.id, "valid_until": held.valid_until.isoformat()}
    assert unable.refusal is not None and unable.refusal.rule.id == "R15"
    assert field(unable, "certificate").default is None


def test_the_holders_of_the_case_are_filled_in() -> None:
    """Nobody need know all who hold something of the case to have it erased."""
    asked = action(ErasureRequested, NGO, *OFFERED)
    assert asked.possible is True
    assert field(asked, "holders").default == [NGO, COORDINATOR, MUNICIPALITY]


CROWD = tuple(f"municipality-00{n:02}" for n in range(40))


def test_the_consented_and_those_who_take_part_are_tried_first() -> None:
    """Among hundreds of agencies the one that can be asked is found, although many come before it by name."""
    crowd = fold_directory(map(admitted, (*CROWD, *ON_THE_BUS)))
    assert action(CaseReferred, NGO, *CANONICAL_CASE[:4], directory=crowd).possible is True
    back = OTHER_CASES["the municipality takes the lead"]
    assert action(LeadHandedOver, MUNICIPALITY, *back, directory=crowd).possible is True


def test_the_suspended_are_not_tried() -> None:
    """However many there are, one that can be asked is enough."""
    off = [stated(AgencySuspended, agency=agency) for agency in CROWD]
    directory = fold_directory([*map(admitted, (*CROWD, MUNICIPALITY, NGO)), *off])
    child = issued(VictimDetected, NGO, age_band="minor")
    assert action(ChildConcernReported, NGO, child, directory=directory).possible is True


def test_what_a_person_writes_is_tried_as_of_today() -> None:
    """Months after the example's days, a time to answer still lies ahead."""
    at = datetime(2024, 6, 3, 12, tzinfo=UTC)
    assert action(CaseReferred, NGO, *CANONICAL_CASE[:4], at=at).possible is True


def test_who_issues_it_is_told_and_nobody_elses_events_are() -> None:
    """Events of another role at the agency are listed with that role; those of clocks and services, and the opening of
    a case, are not.
    """
    found = judged(given(*OFFERED).case, POLICE)
    assert found[InvestigationOpened].role is Role.INVESTIGATION_LEADER
    listed = {each for each, role in mandate_of(AgencyKind.POLICE).items() if role not in NO_PERSON} - {VictimDetected}
    assert found.keys() == listed
    clock = judged(given(*OFFERED).case, COORDINATOR)
    assert all(each.role is not Role.CLOCK for each in clock.values())


def test_a_failure_of_a_rule_is_no_question() -> None:
    """Only a field of the event that is not filled in yet is tried; any other missing attribute is an error."""
    damaged = given(*OFFERED).case
    del vars(damaged)["status"]
    with pytest.raises(AttributeError, match="status"):
        judged(damaged, NGO)


def test_a_form_says_what_each_field_holds() -> None:
    """Types, lists, closed lists with labels, agencies by the kinds that can be asked, and groups."""
    referral = {each.name: each for each in form_of(CaseReferred)}
    assert list(referral) == ["recipient", "purposes", "services", "urgency", "respond_by", "programme", "note"]
    assert [each.name for each in referral.values() if each.required] == ["recipient", "purposes", "respond_by"]
    kinds = {name: (each.type.value, each.several) for name, each in referral.items()}
    assert kinds == {
        "recipient": ("agency", False),
        "purposes": ("choice", True),
        "services": ("choice", True),
        "urgency": ("choice", False),
        "respond_by": ("moment", False),
        "programme": ("yes-or-no", False),
        "note": ("text", False),
    }
    assert referral["programme"].default is False
    assert referral["purposes"].choices[0].label == Wording("support", "stöd")
    assert AgencyKind.AUDITOR not in referral["recipient"].kinds and len(referral["recipient"].kinds) == 16
    goals = next(each for each in form_of(SupportPlanDrafted) if each.name == "goals")
    assert (goals.type, goals.several) == (FieldType.GROUP, True)
    assert [each.name for each in goals.fields] == ["service", "responsible", "aim", "until"]
    assert [each.type.value for each in goals.fields] == ["choice", "agency", "text", "day"]
    claim = {each.name: each.type.value for each in form_of(ReimbursementClaimed)}
    assert claim == {"support_ids": "part", "starts_on": "day", "ends_on": "day", "amount_sek": "number"}


def test_a_form_names_the_kinds_that_can_be_asked() -> None:
    """The kinds are those of the rule on addressees."""
    asked = {
        (event, each.name): each.kinds
        for event in (ChildConcernReported, TransnationalReferralOffered, LabourInspectionRequested)
        for each in form_of(event)
        if each.type is FieldType.AGENCY
    }
    assert asked == {
        (ChildConcernReported, "municipality"): (AgencyKind.MUNICIPALITY,),
        (TransnationalReferralOffered, "recipient"): (AgencyKind.COORDINATOR, AgencyKind.FOREIGN_PARTNER),
        (LabourInspectionRequested, "partners"): (AgencyKind.POLICE, AgencyKind.LABOUR_INSPECTORATE, AgencyKind.TAX),
    }


def test_a_transnational_purpose_is_one_of_two() -> None:
    """A list that an event narrows has only what is left of it."""
    purpose = next(each for each in form_of(TransnationalReferralOffered) if each.name == "purpose")
    assert [choice.value for choice in purpose.choices] == ["safe-return", "support"]


def test_every_reference_to_a_part_of_the_case_is_known() -> None:
    """A field that names an earlier event, in an event that people issue, says which parts of the case it may name."""
    for event in EVENTS.values():
        if set(event.roles.values()) <= NO_PERSON or event.chapter is Chapter.DETECTION:
            continue
        for name in event.model_fields:
            if name.endswith(("_id", "_ids")) or name == "extends":
                assert shape_of(event, name).holds is FieldType.PART, (event, name)
    assert all(hasattr(given(*OFFERED).case, where) for parts in PARTS.values() for where in parts)
    used = {name for event in EVENTS.values() for name in event.model_fields}
    assert PARTS.keys() <= used


def test_a_withdrawn_consent_is_not_offered() -> None:
    """What is over in the case can no longer be named."""
    given_once = field(action(ConsentWithdrawn, NGO, *OFFERED), "consent_id")
    assert given_once.default == event_id(4)
    over = action(ConsentWithdrawn, NGO, *OFFERED, issued(ConsentWithdrawn, NGO, recipients=[]))
    assert (over.possible, field(over, "consent_id").choices) == (False, ())


def test_of_very_many_parts_the_newest_are_offered() -> None:
    """A case with thousands of services is answered about as soon as any; the newest come first."""
    accepted = (*OFFERED, issued(ReferralAccepted, MUNICIPALITY))
    given_often = [issued(SupportProvided, MUNICIPALITY, id=event_id(n), emergency=True) for n in range(400, 460)]
    claim = action(ReimbursementClaimed, MUNICIPALITY, *accepted, *given_often)
    offered = [choice.value for choice in field(claim, "support_ids").choices]
    assert offered == [event_id(n) for n in range(459, 409, -1)]


def test_who_is_asked_outside_is_consented_to_or_near_and_not_here() -> None:
    """A consent for Malmö, which is not on the bus: it can be asked. For who is on the bus alone: nobody can."""
    asked = OTHER_CASES["an agency outside the bus is asked"]
    assert action(ExternalReferralMade, NGO, *asked[:2], at=SINCE_2026 + timedelta(hours=2)).possible is True
    here = issued(ConsentGiven, NGO, occurred_at="2026-12-01T13:00:00Z", valid_until="2027-06-01")
    refused = action(ExternalReferralMade, NGO, asked[0], here, at=SINCE_2026 + timedelta(hours=2))
    assert refused.possible is False and refused.refusal is not None and refused.refusal.rule.id in ("R3", "R33")
