"""An event with extreme values is refused as data, or harms nobody: every rule, fold, clock, reading and reaction
succeeds and ends.

Every event is tried with extremes in every field, at every place of a case in which its example is lawful, and at
others.
"""

from __future__ import annotations

import asyncio
from calendar import monthrange
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, reduce
from itertools import product
from typing import Any, TypeVar

import pytest
from harness.extremes import MOMENTS, Place, budget, extremes_of, put, timed_places
from harness.reading_views import DIRECTORY, read_case, read_directory
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from contracts.calendar.days import LAST_DAY, Moment
from contracts.chapters.assistance import SupportPlanDrafted
from contracts.chapters.referral import ReferralDeclined, ReferralWithdrawn
from contracts.chapters.transnational import TransnationalReferralDeclined
from contracts.directory.certification import uncertified
from contracts.directory.events import DIRECTORY_EVENTS, DirectoryEvent
from contracts.directory.evolution import evolve_directory
from contracts.directory.objections import objection
from contracts.directory.publications import read_directory_event
from contracts.directory.view import DirectoryView
from contracts.errors import InvalidEventError
from contracts.event.case_event import EVENTS, CaseEvent, Provenance
from contracts.event.published_event import PublishedEvent
from contracts.event.upcasting import read_event
from contracts.law.decider import decide, evolve
from contracts.law.in_force import RULESETS, ruleset_in_force
from contracts.law.rule import Rule
from contracts.law.ruleset import Ruleset
from contracts.privacy.record_forms import RECORDS, read_record
from contracts.published.schema_files import schema
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRefused
from contracts.sweden.chapters.residence_permit import ResidencePermitRefused, six_months_from
from contracts.sweden.chapters.voluntary_return import ReturnRefused
from contracts.testing.canonical_cases import CANONICAL_CASE, FOREIGN_PARTNER, OTHER_CASES
from contracts.testing.example_ids import CASE_ID, MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.legal_status import Permit, PermitKind
from contracts.vocabulary.agencies import IOM, MIGRATION, kind_named_by
from contracts.vocabulary.choices import DataClass
from services import mandates
from stafett.testing import RecordedSteps

SECONDS = 20.0
"""Of processor time, where each takes a fraction of one: what is not done by then may never be."""

ENDS_OF_TIME = (None, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""When an event is recorded; None: just when it is said to have occurred."""

UNOPENED, WHOLE = CaseView.unopened(CASE_ID), given(*CANONICAL_CASE).case

P = TypeVar("P", bound=PublishedEvent)

every_event = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
every_directory_event = pytest.mark.parametrize("event", DIRECTORY_EVENTS.values(), ids=DIRECTORY_EVENTS)

_TOLD = (
    *(
        (CANONICAL_CASE[:5], issued(event, by))
        for event, by in ((ReferralDeclined, MUNICIPALITY), (ReferralWithdrawn, NGO))
    ),
    (CANONICAL_CASE[:9], issued(ReflectionPeriodRefused, MIGRATION)),
    (CANONICAL_CASE[:17], issued(ReturnRefused, IOM)),
    (OTHER_CASES["a permit, and its end"][:14], issued(ResidencePermitRefused, MIGRATION)),
    (OTHER_CASES["home with another country's help"][:-1], issued(TransnationalReferralDeclined, FOREIGN_PARTNER)),
)
"""The events that no case in `contracts.testing.given_when_then` tells."""

STORIES = (CANONICAL_CASE, *OTHER_CASES.values(), *((*past, last) for past, last in _TOLD))


@dataclass(frozen=True)
class Reached:
    """A case before one of its events, and what follows in its story."""

    case: CaseView
    next: Issued
    then: tuple[Issued, ...]


@cache
def places() -> dict[type[CaseEvent], tuple[Reached, ...]]:
    """Where each event's example comes in some story."""
    found: dict[type[CaseEvent], dict[str, Reached]] = {}
    for story in STORIES:
        case = CaseView.unopened(CASE_ID)
        for n, each in enumerate(story):
            before, case = case, evolve(case, each.event, each.by)
            found.setdefault(type(each.event), {}).setdefault(before.digest, Reached(before, each, story[n + 1 :]))
    return {event: tuple(reached.values()) for event, reached in found.items()}


@cache
def probes() -> tuple[Issued, ...]:
    """Every event's example once, from who may issue it."""
    return tuple(reached[0].next for reached in places().values())


def taken(case: CaseView, said: Issued) -> CaseView:
    """The case after an event, if no rule of its day objects; no ruleset of another day fails on it."""
    first = first_with_the_same_rules(type(said.event))
    refusals = {ruleset: decide(case, said.event, said.by, ruleset) for ruleset in {*first.values()}}
    uncertified(case, said.event, said.by, DIRECTORY)
    after = evolve(case, said.event, said.by)
    in_force = ruleset_in_force(said.event.occurred_on, said.by.recorded_at)
    return case if refusals[first[in_force]] else after


@cache
def first_with_the_same_rules(event: type[CaseEvent]) -> dict[Ruleset, Ruleset]:
    """For each ruleset, the first one that judges the event by the same rules; it gives the same answer."""
    first: dict[tuple[Rule, ...], Ruleset] = {}
    return {ruleset: first.setdefault(ruleset.judging(event), ruleset) for ruleset in RULESETS}


def following(case: CaseView, event: type[CaseEvent]) -> tuple[Issued, ...]:
    """What follows in the story in which the event comes at this point, if it does in any."""
    return next((each.then for each in places()[event] if each.case is case), ())


def stated_with_extremes(event: type[P], read: Callable[[str, bytes], P]) -> Iterator[tuple[Place, P]]:
    """The example with extremes, as far as it is an event; it reads back from its own JSON."""
    for place, data in extremes_of(schema(event), event.example):
        with suppress(InvalidEventError):
            said = read(event.type_name(), data)
            assert read(event.type_name(), to_json(said)) == said
            yield place, said


async def react(before: CaseView, said: Issued, after: CaseView) -> None:
    """Whatever every agency that takes part does about it."""
    for agency in {each.agency for each in (*before.participants, *after.participants)}:
        kind = kind_named_by(agency)
        mandate = None if kind is None else mandates().get(kind)
        context = RecordedSteps(agency)
        context.provenance, context.before = said.by, before
        for reaction in () if mandate is None else mandate.reactions.get(type(said.event), ()):
            await reaction(said.event, after, context)


@pytest.mark.long
@every_event
def test_no_extreme_of_an_event_about_a_case_harms_anybody(event: type[CaseEvent]) -> None:
    """Read, judged, folded, timed, shown, counted and reacted to; and so is what comes after it."""
    reached_by_example = places()[event]
    assert any(taken(each.case, each.next) is not each.case for each in reached_by_example)
    elsewhere = [(case, reached_by_example[0].next.by) for case in (UNOPENED, WHOLE)]
    there = [(each.case, each.next.by) for each in reached_by_example]
    timed = timed_places(event)
    seen = set()
    with budget(SECONDS):
        for place, said in stated_with_extremes(event, read_event):
            for (case, by), at in product((*there, *elsewhere), ENDS_OF_TIME):
                stated = Issued(said, replace(by, recorded_at=at or said.occurred_at))
                after = taken(case, stated)
                if after is case or after.digest in seen:
                    continue
                seen.add(after.digest)
                asyncio.run(react(case, stated, after))
                read_case(after)
                if place in timed:
                    read_case(reduce(taken, (*following(case, event), *probes()), after))


@every_directory_event
def test_no_extreme_of_an_event_about_the_directory_harms_anybody(event: type[DirectoryEvent]) -> None:
    """Read, judged, folded and shown, in an empty directory and in one with agencies, by whoever may issue it."""
    with budget(SECONDS):
        for _, said in stated_with_extremes(event, read_directory_event):
            for directory, by in product((DirectoryView(), DIRECTORY), ("coordinator", "ngo-hamnen", "police")):
                kind = kind_named_by(by)
                assert kind is not None
                for at in ENDS_OF_TIME:
                    stated_by = Provenance(event_id(9), by, kind, at or said.occurred_at)
                    if objection(directory, said, stated_by) is None:
                        read_directory(evolve_directory(directory, said, stated_by))


@pytest.mark.parametrize("data_class", DataClass)
def test_no_extreme_of_a_record_is_worse_than_invalid(data_class: DataClass) -> None:
    """Personal records, of every class."""
    form = RECORDS[data_class].model_json_schema()
    with budget(SECONDS):
        for _, data in extremes_of(form, LEAST[data_class]):
            with suppress(InvalidEventError):
                read_record(data_class, data)
        assert read_record(data_class, to_json(LEAST[data_class]))


LEAST: dict[DataClass, dict[str, Any]] = {
    DataClass.IDENTITY: {"given_names": "Ana"},
    DataClass.CONTACT: {"safe_to_call": False, "safe_to_write": True},
    DataClass.HEALTH: {},
    DataClass.FAMILY: {"relatives": [{"relation": "child"}]},
    DataClass.LEGAL: {},
}


@pytest.mark.parametrize(
    "form", [*EVENTS.values(), *DIRECTORY_EVENTS.values(), *RECORDS.values()], ids=lambda form: form.__name__
)
def test_every_day_and_moment_has_its_range(form: type[BaseModel]) -> None:
    """However deep it lies: one that is beyond it is refused at its place, and nothing else is."""
    example = form.example if issubclass(form, PublishedEvent) else LEAST[form.data_class]  # type: ignore[attr-defined]
    for place, kind in timed_places(form).items():
        for value in ("1899-12-31", "2201-01-01", "0001-01-01", "9999-12-31"):
            hour = "T12:00:00Z" if kind == "date-time" else ""
            with pytest.raises(ValidationError) as caught:
                form.model_validate_json(to_json(put(example, place, f"{value}{hour}")))
            found = [(error["loc"], error["msg"].partition(",")[0]) for error in caught.value.errors()]
            assert (place, "Value error") in found


def test_the_dearest_text_that_fits_an_event_is_read_at_once() -> None:
    """Forty goals of two thousand characters that unfold to many more: the look-over takes no time in their square."""
    plan: dict[str, Any] = SupportPlanDrafted.example
    goal = plan["goals"][0]
    for text in ("\u3316" * 2000, "\ufdfa" * 2000, "a@" * 1000, "\u0301\u0327" * 1000, "0" * 2000):
        data = to_json({**plan, "goals": [{**goal, "aim": text}] * 40})
        with budget(SECONDS / 4), suppress(InvalidEventError):
            read_event(SupportPlanDrafted.type_name(), data)


def test_moments_at_the_bounds_read_back_as_they_were_kept() -> None:
    """Wherever they were stated: what was taken once is taken by everybody who reads it in UTC."""
    moments: TypeAdapter[datetime] = TypeAdapter(Moment)
    for text in MOMENTS:
        try:
            kept = moments.validate_json(to_json(text))
        except ValidationError:
            continue
        assert moments.validate_json(moments.dump_json(kept)) == kept


def test_six_months_are_counted_and_not_searched_for() -> None:
    """From every day of some years, and from the last one that can be stated."""
    for first in (date(2023, 7, 1) + timedelta(days=n) for n in range(1000)):
        year, month = first.year + (first.month > 6), (first.month + 5) % 12 + 1
        same_day = date(year, month, min(first.day, monthrange(year, month)[1]))
        assert six_months_from(first) == same_day - timedelta(days=1)
    with budget(SECONDS):
        assert six_months_from(LAST_DAY) == date(2201, 6, 29)


def test_cover_is_told_of_any_days_without_leaving_the_calendar() -> None:
    """Even of a permit until the calendar's last day, which no event can state any more."""
    permit = Permit(id=event_id(1), kind=PermitKind.TEMPORARY, starts_on=date(2024, 3, 1), ends_on=date(2024, 3, 31))
    for_ever = permit.model_copy(update={"starts_on": date(2024, 4, 1), "ends_on": date.max})
    case = UNOPENED.changed(permits=(for_ever, permit))
    assert case.reimbursable(date(2024, 3, 1), date.max)
    assert not case.reimbursable(date(2024, 2, 29), date.max)
    assert not case.changed(permits=(for_ever,)).reimbursable(date.min, date.max)
