"""Given the steps of a voluntary return, exactly one agency has the next step to take, and the others learn of it."""

from __future__ import annotations

from harness.reacting import reactions_of

from contracts.chapters.closure import CaseClosed
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters.return_choice import ReceptionConfirmed
from contracts.sweden.chapters.return_journey import ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRefused,
    ReturnRequested,
)
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, canonical_until
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR, IOM

COUNTERSIGN, DECIDE, TRAVEL = "countersign the return", "decide the return", "arrange the travel"
ARRIVAL, REINTEGRATE = "report the arrival", "give the reintegration support"
RECEPTION = "get the word of the receiving country"
FOLLOW_UP, ANEW = "follow up the return and close the case", "plan anew after the refusal"


async def test_each_step_is_for_one_agency_and_over_with_the_next() -> None:
    """From the application to the support at home."""
    steps: tuple[tuple[type[CaseEvent], set[str], set[str]], ...] = (
        (ReturnCountersigned, {COUNTERSIGN}, set()),
        (ReturnApproved, set(), {DECIDE}),
        (TravelArranged, set(), {TRAVEL}),
        (Returned, set(), {ARRIVAL}),
        (ReintegrationProvided, set(), {REINTEGRATE}),
    )
    for following, at_the_coordinator, at_iom in steps:
        so_far = canonical_until(following)
        assert (await reactions_of(COORDINATOR, *so_far)).open == at_the_coordinator
        assert (await reactions_of(IOM, *so_far)).open == at_iom
    assert (await reactions_of(IOM, *CANONICAL_CASE)).open == set()


async def test_only_the_coordinator_who_is_named_countersigns() -> None:
    """The national one takes part in the case too."""
    regional = (
        *canonical_until(ReturnRequested),
        issued(ReturnRequested, MUNICIPALITY, coordinator="coordinator-mitt"),
    )
    assert (await reactions_of("coordinator-mitt", *regional)).open == {COUNTERSIGN}
    assert (await reactions_of(COORDINATOR, *regional)).open == set()


async def test_who_applied_learns_the_decision() -> None:
    """A refusal leaves a person who needs another plan, until the next application or the end of the case."""
    countersigned = canonical_until(ReturnApproved)
    approved = await reactions_of(MUNICIPALITY, *countersigned, issued(ReturnApproved, IOM))
    assert "IOM has approved the return" in approved.told[-1]
    refused = (*countersigned, issued(ReturnRefused, IOM))
    assert ANEW in (await reactions_of(MUNICIPALITY, *refused)).open
    assert ANEW not in (await reactions_of(NGO, *refused)).open
    again = issued(ReturnRequested, MUNICIPALITY, id=event_id(60), occurred_at="2024-05-22T09:00:00Z")
    assert ANEW not in (await reactions_of(MUNICIPALITY, *refused, again)).open
    assert ANEW not in (await reactions_of(MUNICIPALITY, *refused, issued(CaseClosed, NGO))).open


async def test_a_refused_application_needs_no_signature() -> None:
    """IOM may refuse before the coordinator has signed."""
    refused = issued(ReturnRefused, IOM, occurred_at="2024-05-06T12:00:00Z")
    assert (await reactions_of(COORDINATOR, *canonical_until(ReturnCountersigned), refused)).open == set()


async def test_help_after_the_journey_is_given_where_it_was_approved() -> None:
    """The programme may offer it, and need not."""
    asked = (await reactions_of(IOM, *canonical_until(ReintegrationProvided))).tasks[REINTEGRATE]
    assert asked.en.endswith("approved, if any.") and "eventuellt" in asked.sv


async def test_a_journey_booked_again_has_another_day() -> None:
    """The task for the first day is over."""
    arranged = canonical_until(Returned)
    assert (await reactions_of(IOM, *arranged)).tasks[ARRIVAL].due == "2024-06-03"
    later = issued(TravelArranged, IOM, id=event_id(60), occurred_at="2024-05-28T08:00:00Z", departs_on="2024-06-10")
    context = await reactions_of(IOM, *arranged, later)
    assert context.open == {ARRIVAL}
    assert context.tasks[ARRIVAL].due == "2024-06-10"
    same_day = issued(TravelArranged, IOM, id=event_id(60), occurred_at="2024-05-28T08:00:00Z")
    assert (await reactions_of(IOM, *arranged, same_day)).open == {ARRIVAL}


async def test_the_lead_follows_up_until_it_closes_the_case() -> None:
    """Whether or not the lead applied."""
    home = canonical_until(ReintegrationProvided)
    assert FOLLOW_UP in (await reactions_of(NGO, *home)).open
    assert FOLLOW_UP not in (await reactions_of(MUNICIPALITY, *home)).open
    assert FOLLOW_UP not in (await reactions_of(NGO, *CANONICAL_CASE)).open


async def test_the_signing_coordinator_gets_the_word_of_the_receiving_country_for_a_child() -> None:
    """Until it is given; for an adult there is nothing to ask."""
    home = OTHER_CASES["a child goes home"]
    requested = next(n for n, each in enumerate(home) if isinstance(each.event, ReturnRequested)) + 1
    confirmed = next(n for n, each in enumerate(home) if isinstance(each.event, ReceptionConfirmed)) + 1
    assert (await reactions_of(COORDINATOR, *home[:requested])).open == {COUNTERSIGN, RECEPTION}
    assert (await reactions_of(COORDINATOR, *home[:confirmed])).open == set()
