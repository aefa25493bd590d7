"""Every event that names a recipient, with each recipient present, absent, suspended, of another kind, elsewhere.

It is lawful in its case and has its answer from the directory: it is taken, or it is refused with who can be reached.
No section that we know names the one area to which such an event must go, so none is refused for its area; who is asked
in the wrong place says so, or declines with “another area's task”.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from harness.directories import admitted, stated

from contracts.directory.events import AgencySuspended, DelegateNamed
from contracts.directory.evolution import fold_directory
from contracts.directory.view import DirectoryView
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.law.decider import decide
from contracts.law.in_force import ruleset_in_force
from contracts.law.rule import Refusal
from contracts.sweden.geography.files import load
from contracts.sweden.guidance.reachable import refused_by_directory
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.given_when_then import Issued, given
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import COORDINATOR, AgencyId, AgencyKind

ELSEWHERE = {
    "municipality-0180": "municipality-2480",
    "municipality-1280": "municipality-2482",
    "chief-guardian-stockholm": "chief-guardian-umea",
    "court-migration": "court-lulea",
    "court-administrative": "court-lulea",
    "court-stockholm": "court-lulea",
    "coordinator": "coordinator-norr",
    "police": "police-norr",
    "labour-inspectorate": "labour-inspectorate-norr",
    "tax": "tax-norr",
    "legal-counsel-lagerlof": "legal-counsel-lind",
}
"""For a recipient, another one of its kind in another part of the country, which the case's place would not suggest."""

NATIONAL = {"iom", "crime-victim-authority", "foreign-partner-ro"}
"""The recipients of which there is one in the country, or none in it."""

REGIONAL = "coordinator-norr"


class Step:
    """A lawful step of a sample case that names recipients, and the case before it."""

    def __init__(self, case: CaseView, said: Issued) -> None:
        self.case, self.said = case, said

    @property
    def named(self) -> frozenset[AgencyId]:
        """Everybody whom the event asks, here or outside."""
        return frozenset(self.said.event.addressees()) | self.said.event.outsiders()

    @property
    def outside(self) -> bool:
        """True if it asks outside the bus."""
        return bool(self.said.event.outsiders())

    def with_other(self, agency: AgencyId, other: AgencyId) -> Step:
        """The same step, with another recipient in one recipient's place."""
        event = self.said.event
        changes = {name: _swapped(value, agency, other) for name, value in event}
        return Step(self.case, replace(self.said, event=event.model_copy(update=changes)))

    def refused_by(self, directory: DirectoryView) -> Refusal | None:
        """The word of the directory."""
        return refused_by_directory(self.case, self.said.event, self.said.by, directory)


def _swapped(value: Any, agency: AgencyId, other: AgencyId) -> Any:
    if isinstance(value, tuple):
        return tuple(_swapped(each, agency, other) for each in value)
    return other if value == agency else value


def steps() -> Iterator[tuple[str, Step]]:
    """For each event that names recipients, its first lawful step in a sample case."""
    found: dict[type[CaseEvent], Step] = {}
    for events in (CANONICAL_CASE, *OTHER_CASES.values()):
        for n, said in enumerate(events):
            step = Step(given(*events[:n]).case, said)
            if step.named:
                found.setdefault(type(said.event), step)
    yield from ((event.__name__, step) for event, step in found.items())


STEPS = dict(steps())


def recipients(*, outside: bool) -> pytest.MarkDecorator:
    """Each recipient of each event that asks here, or outside. The coordinator is always here: it admits all others."""
    named = [
        (step, agency)
        for step in STEPS.values()
        for agency in sorted(step.named)
        if step.outside is outside and agency != COORDINATOR
    ]
    ids = [f"{type(step.said.event).__name__} {agency}" for step, agency in named]
    return pytest.mark.parametrize(("step", "agency"), named, ids=ids)


each_here, each_outside = recipients(outside=False), recipients(outside=True)


def directory_of(step: Step, *more: Any, without: AgencyId | None = None) -> DirectoryView:
    """The issuer, the coordinators, and whom the step asks here, but for one; and what happened afterwards."""
    here = dict.fromkeys((COORDINATOR, REGIONAL, step.said.by.agency, *sorted(step.said.event.addressees())))
    return fold_directory([*(admitted(each) for each in here if each != without), *more])


def reaches(refusal: Refusal | None, directory: DirectoryView, rule: str) -> None:
    """The refusal has this rule, and names in both languages somebody who can be asked here or called."""
    assert refusal is not None and refusal.rule.id == rule
    (who,) = refusal.missing.supplied_by
    assert directory.can_be_asked(who) or who == COORDINATOR
    phones = {phone for contact in load().contacts.values() for phone in contact.phones} | {"010-123 45 67"}
    for text in (refusal.missing.what.en, refusal.missing.what.sv):
        assert who in text and (any(phone in text for phone in phones) or "is on the bus" in refusal.missing.what.en)


def test_no_event_that_names_a_recipient_is_left_out() -> None:
    """An event that is added later has a lawful step in a sample case, or it is found here."""
    naming = {name for name, event in EVENTS.items() if event.canonical().addressees() or event.canonical().outsiders()}
    assert naming == set(STEPS)


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_present_it_is_taken(step: Step) -> None:
    """Lawful in the case, and no objection of the directory, which has whom it asks here and nobody whom it asks
    outside.
    """
    ruleset = ruleset_in_force(step.said.event.occurred_on, step.said.by.recorded_at)
    assert decide(step.case, step.said.event, step.said.by, ruleset) is None
    assert step.refused_by(directory_of(step)) is None


@each_here
def test_absent_it_is_refused_and_somebody_can_be_reached(step: Step, agency: AgencyId) -> None:
    """The regional coordinator of the place, or the national one; where a delegate receives for it, the delegate."""
    directory = directory_of(step, without=agency)
    reaches(step.refused_by(directory), directory, "R24")
    delegated = directory_of(step, stated(DelegateNamed, agency=agency, delegate=REGIONAL), without=agency)
    refusal = step.refused_by(delegated)
    reaches(refusal, delegated, "R24")
    assert refusal is not None and refusal.missing.supplied_by == (REGIONAL,)


@each_here
def test_suspended_it_is_refused(step: Step, agency: AgencyId) -> None:
    """Nobody relies on one that nobody believes."""
    directory = directory_of(step, stated(AgencySuspended, agency=agency))
    refusal = step.refused_by(directory)
    reaches(refusal, directory, "R24")
    assert refusal is not None and "is suspended" in refusal.missing.what.en


@pytest.mark.parametrize("kind", AgencyKind)
@each_here
def test_of_another_kind_it_is_refused(step: Step, agency: AgencyId, kind: AgencyKind) -> None:
    """Each kind that cannot do what is asked, and no other."""
    directory = directory_of(step, admitted(agency, kind=kind), without=agency)
    refusal = step.refused_by(directory)
    if kind in step.said.event.addressees()[agency]:
        assert refusal is None
    else:
        reaches(refusal, directory, "R24")
        assert refusal is not None and "cannot do what is asked" in refusal.missing.what.en


@each_here
def test_elsewhere_it_is_taken(step: Step, agency: AgencyId) -> None:
    """Another one of its kind, in another part of the country, is asked: it says itself whether it is its task."""
    other = step.with_other(agency, ELSEWHERE.get(agency, agency))
    assert (other.named != step.named) is (agency not in NATIONAL)
    assert other.refused_by(directory_of(other)) is None


@each_outside
def test_outside_it_is_asked_only_where_it_is_absent_and_known(step: Step, agency: AgencyId) -> None:
    """Present, suspended or unknown, it is refused with who can be reached; elsewhere or delegated, it is asked."""
    for more, says in (
        ([admitted(agency)], "is on the bus"),
        ([admitted(agency), stated(AgencySuspended, agency=agency)], "is suspended"),
    ):
        directory = directory_of(step, *more)
        refusal = step.refused_by(directory)
        reaches(refusal, directory, "R33")
        assert refusal is not None and says in refusal.missing.what.en
    directory = directory_of(step)
    reaches(step.with_other(agency, "municipality-9999").refused_by(directory), directory, "R33")
    assert step.with_other(agency, ELSEWHERE[agency]).refused_by(directory) is None
    assert step.refused_by(directory_of(step, stated(DelegateNamed, agency=agency, delegate=REGIONAL))) is None
