"""Breaking the rules that keep a child safe, and those by which a return is a choice: as they are since SE-2024-04."""

from contracts.chapters import referral, refusals
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted
from contracts.chapters.child_protection import CustodianTraced
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.chapters.refusals import HelpDeclined
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters import child_safeguards, return_choice
from contracts.sweden.chapters.child_safeguards import AgeAssessed, BestInterestsAssessed, GuardianAppointed
from contracts.sweden.chapters.return_choice import ReceptionConfirmed, ReturnChosen
from contracts.sweden.chapters.return_journey import Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnCountersigned, ReturnRequested
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, canonical_until, since_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO
from contracts.testing.given_when_then import Issued, issued
from contracts.vocabulary.agencies import COORDINATOR, IOM
from harness.breaking import UNKNOWN, Broken, new

HOME = OTHER_CASES["a child goes home"]


def without(*events: type[CaseEvent], before: type[CaseEvent]) -> tuple[Issued, ...]:
    """The case of a child who goes home before its event of a type, without some of its other events."""
    until = next(n for n, each in enumerate(HOME) if type(each.event) is before)
    return tuple(each for each in HOME[:until] if type(each.event) not in events)


CHILD = HOME[:3]
UNKNOWN_AGE = (issued(VictimDetected, NGO, age_band="unknown"),)
ASSESSED = (*CHILD, since_2026(AgeAssessed, MUNICIPALITY, basis="assessment"))
ADULT = CANONICAL_CASE[:1]
PLANNED = canonical_until(ReturnRequested)
CHOSEN = (*PLANNED, since_2026(ReturnChosen, MUNICIPALITY))
REQUESTED = (*CHOSEN, since_2026(ReturnRequested, MUNICIPALITY))
GUARDIAN = since_2026(GuardianAppointed, MUNICIPALITY)
REPRESENTED = (*CHILD, since_2026(GuardianAppointed, MUNICIPALITY, guardian="special-representative"))
NOBODY_SAFE = (
    *without(GuardianAppointed, ReturnChosen, before=ReturnRequested),
    issued(CustodianTraced, MUNICIPALITY, custodian="parent"),
    since_2026(ReturnChosen, MUNICIPALITY),
    since_2026(CustodianTraced, MUNICIPALITY, id=new(7), custodian="parent", safe_for_the_child=False),
)
FOUND_TO_BE_A_CHILD = since_2026(AgeAssessed, NGO, id=new(8))
GROWN_UP = (*REQUESTED, since_2026(ReturnCountersigned, COORDINATOR))
TRAVELLING = (*GROWN_UP, since_2026(ReturnApproved, IOM), since_2026(TravelArranged, IOM))
UNSAFE = "a child's return"

AGE_AND_GUARDIANS = [
    Broken(
        child_safeguards.professionals_find_the_age_authorities_safeguard,
        "an NGO appoints a guardian",
        CHILD,
        since_2026(GuardianAppointed, NGO),
    ),
    Broken(
        child_safeguards.age_is_found_with_care,
        "somebody is presumed to be an adult",
        UNKNOWN_AGE,
        since_2026(AgeAssessed, NGO, age="adult", basis="presumed"),
    ),
    Broken(
        child_safeguards.age_is_found_with_care,
        "documents replace an assessment",
        ASSESSED,
        since_2026(AgeAssessed, MUNICIPALITY, id=new(1), age="adult"),
    ),
    Broken(
        child_safeguards.age_is_found_with_care,
        "an NGO makes a child an adult",
        CHILD,
        since_2026(AgeAssessed, NGO, age="adult"),
    ),
    Broken(
        child_safeguards.age_is_found_with_care,
        "an NGO assesses an age",
        UNKNOWN_AGE,
        since_2026(AgeAssessed, NGO, basis="assessment"),
    ),
    *(
        Broken(child_safeguards.safeguards_are_for_a_child, f"{event.__name__} for an adult", PLANNED, said)
        for event in (GuardianAppointed, BestInterestsAssessed)
        for said in (since_2026(event, MUNICIPALITY),)
    ),
    Broken(
        child_safeguards.safeguards_are_for_a_child,
        "a guardian who will be appointed tomorrow",
        CHILD,
        since_2026(GuardianAppointed, MUNICIPALITY, appointed_on="2024-04-13"),
    ),
    Broken(
        child_safeguards.child_has_somebody_who_consents,
        "a custodian consents for an adult",
        ADULT,
        since_2026(ConsentGiven, NGO, occurred_at="2024-04-05T13:00:00Z", given_by="custodian"),
    ),
    *(
        Broken(
            child_safeguards.child_has_somebody_who_consents,
            f"{how}, {given_by}",
            so_far,
            since_2026(ConsentGiven, NGO, occurred_at="2024-05-05T13:00:00Z", given_by=given_by),
        )
        for how, so_far, given_by in (
            ("a child alone", CHILD, "victim"),
            ("a child with a guardian", (*CHILD, GUARDIAN), "victim"),
            ("somebody who may be a child", UNKNOWN_AGE, "victim"),
            ("nobody is traced", CHILD, "custodian"),
            ("nobody is appointed", CHILD, "appointed-guardian"),
            ("for more than an investigation", REPRESENTED, "appointed-guardian"),
            ("a custodian who is not safe", NOBODY_SAFE, "custodian"),
        )
    ),
    Broken(refusals.agencies_record_refusals, "an auditor is refused", CHILD, since_2026(HelpDeclined, "auditor")),
    Broken(
        referral.victim_consents_or_may_be_a_child,
        "an adult is referred to social services as a child",
        ADULT,
        since_2026(
            CaseReferred,
            NGO,
            occurred_at="2024-04-05T13:00:00Z",
            purposes=["child-protection"],
            respond_by="2024-04-08T13:00:00Z",
        ),
    ),
]

CHOICES = [
    Broken(
        return_choice.professionals_record_the_choice_coordinator_and_iom_the_reception,
        "an NGO gives the word of another country",
        REQUESTED,
        since_2026(ReceptionConfirmed, NGO),
    ),
    Broken(
        return_choice.child_does_not_choose_alone,
        "a child chooses and nobody answers for the child",
        without(GuardianAppointed, before=ReturnChosen),
        since_2026(ReturnChosen, MUNICIPALITY),
    ),
    *(
        Broken(
            return_choice.child_does_not_choose_alone,
            f"a choice of a child with {said}",
            without(before=ReturnChosen),
            since_2026(ReturnChosen, MUNICIPALITY, **said),
        )
        for said in ({"child_view": "objects"}, {"child_view": None}, {"guardian_consents": False})
    ),
    *(
        Broken(return_choice.reception_is_in_the_country_of_return, how, REQUESTED, said)
        for how, said in (
            ("an unknown application", since_2026(ReceptionConfirmed, IOM, request_id=UNKNOWN)),
            ("another country", since_2026(ReceptionConfirmed, IOM, country="AL")),
            ("not yet confirmed", since_2026(ReceptionConfirmed, IOM, confirmed_on="2024-05-16")),
        )
    ),
    Broken(
        return_choice.return_is_chosen,
        "nobody asked her",
        PLANNED,
        since_2026(ReturnRequested, MUNICIPALITY),
    ),
    Broken(
        return_choice.return_is_chosen,
        "she chose another country",
        (*PLANNED, since_2026(ReturnChosen, MUNICIPALITY, destination="AL")),
        since_2026(ReturnRequested, MUNICIPALITY),
    ),
    *(
        Broken(
            return_choice.return_is_chosen,
            f"she has changed her mind: {said.event.__class__.__name__}",
            (*so_far, since_2026(HelpDeclined, NGO, services=["support-for-a-safe-return"])),
            said,
        )
        for so_far, said in (
            (CHOSEN, since_2026(ReturnRequested, MUNICIPALITY)),
            (REQUESTED, since_2026(ReturnCountersigned, COORDINATOR)),
            (GROWN_UP, since_2026(ReturnApproved, IOM)),
            (TRAVELLING[:-1], since_2026(TravelArranged, IOM)),
        )
    ),
    Broken(
        return_choice.plan_is_made_with_the_person,
        "a plan made without her",
        (
            *PLANNED,
            issued(NeedsAssessed, MUNICIPALITY, id=new(1)),
            since_2026(SupportPlanDrafted, MUNICIPALITY, id=new(2), assessment_id=new(1), drafted_with_victim=False),
            since_2026(ReturnChosen, MUNICIPALITY),
        ),
        since_2026(ReturnRequested, MUNICIPALITY, plan_id=new(2)),
    ),
]

CHILDS_RETURN = [
    *(
        Broken(return_choice.childs_return_is_safe, f"{UNSAFE}: {how}", so_far, said)
        for how, so_far, said in (
            (
                "no assessment",
                without(BestInterestsAssessed, before=ReturnRequested),
                since_2026(ReturnRequested, MUNICIPALITY),
            ),
            (
                "an assessment for another country",
                (
                    *without(BestInterestsAssessed, before=ReturnRequested),
                    since_2026(BestInterestsAssessed, MUNICIPALITY, country="AL"),
                ),
                since_2026(ReturnRequested, MUNICIPALITY),
            ),
            (
                "an assessment of a transfer",
                (
                    *without(BestInterestsAssessed, before=ReturnRequested),
                    since_2026(BestInterestsAssessed, MUNICIPALITY, step="transfer"),
                ),
                since_2026(ReturnRequested, MUNICIPALITY),
            ),
            (
                "an assessment that says no",
                (
                    *without(before=ReturnRequested),
                    since_2026(BestInterestsAssessed, MUNICIPALITY, id=new(1), in_best_interests=False),
                ),
                since_2026(ReturnRequested, MUNICIPALITY),
            ),
            ("a custodian who is not safe", NOBODY_SAFE, since_2026(ReturnRequested, MUNICIPALITY)),
            (
                "no word of the other country",
                without(ReceptionConfirmed, before=ReturnApproved),
                since_2026(ReturnApproved, IOM),
            ),
            (
                "a no after the application",
                (
                    *without(before=ReturnCountersigned),
                    since_2026(BestInterestsAssessed, MUNICIPALITY, id=new(1), in_best_interests=False),
                ),
                since_2026(ReturnCountersigned, COORDINATOR),
            ),
            *(
                (f"found to be a child before {type(said.event).__name__}", (*so_far, FOUND_TO_BE_A_CHILD), said)
                for so_far, said in (
                    (REQUESTED, since_2026(ReturnCountersigned, COORDINATOR)),
                    (GROWN_UP, since_2026(ReturnApproved, IOM)),
                    (TRAVELLING[:-1], since_2026(TravelArranged, IOM)),
                    (TRAVELLING, since_2026(Returned, IOM)),
                )
            ),
            (
                "an adult's choice is no child's",
                (
                    *CANONICAL_CASE[:15],
                    since_2026(ReturnChosen, MUNICIPALITY, child_view=None, guardian_consents=False),
                    FOUND_TO_BE_A_CHILD,
                    GUARDIAN,
                    since_2026(BestInterestsAssessed, MUNICIPALITY),
                ),
                since_2026(ReturnRequested, MUNICIPALITY),
            ),
        )
    ),
]

CHILDREN_AND_RETURNS = [*AGE_AND_GUARDIANS, *CHOICES, *CHILDS_RETURN]
"""Every way to break these rules."""
