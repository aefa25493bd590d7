"""Agencies × cases × epochs × compartments: with all its keys, each agency opens exactly the content that it should."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import pytest
from harness.bus import Bus, an_event
from harness.opening import Found, at_broker, opens, secrets_of
from harness.sharing import CONTACT, IDENTITY, now
from harness.waiting import eventually
from harness.who_took_part import Told

from contracts.chapters.closure import CaseClosed
from contracts.chapters.erasure import ErasureRequested, holders_of
from contracts.privacy.record_forms import Family, Health, Legal, PersonalRecord, Relation, Relative
from contracts.view.parts.erasure import ErasureScope
from contracts.vocabulary.choices import DataClass
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS, Part

pytestmark = pytest.mark.long

NGO, MUNICIPALITY, POLICE, REGION, MIGRATION, COORDINATOR = AGENCIES = (
    "ngo-fyren", "municipality-0180", "police", "region-01", "migration", "coordinator",
)  # fmt: skip
HEALTH = Health(conditions=("An invented condition",))
FAMILY = Family(relatives=(Relative(relation=Relation.CHILD, name="Nobody Invented"),))
LEGAL = Legal(police_report="0000-K1-00")

Opening: TypeAlias = tuple[str, object]
"""An agency, and what it opens: a section by (case, version, part), or a record or a grant by its subject."""


async def actual(bus: Bus, found: Found) -> set[Opening]:
    """What opens, of everything there is, to anybody."""
    table: set[Opening] = set()
    for agency in AGENCIES:
        secrets, granted = await secrets_of(bus, agency, found)
        table |= {(agency, subject) for subject, stored in found.grants.items() if stored in granted}
        sealed = (*found.events.items(), *found.previews.items(), *found.records.items())
        table |= {(agency, place) for place, data in sealed if any(opens(secret, data) for secret in secrets)}
    return table


def expected(found: Found, cases: list[Told]) -> set[Opening]:
    """What should, by who took part when and what the victim agreed to. A grant opens to its recipient alone."""
    told = {case.case_id: case for case in cases}
    table: set[Opening] = {(subject.split(".")[4], subject) for subject in found.grants}
    for agency in AGENCIES:
        table |= {(agency, place) for place in found.events if told[place[0]].may_open(agency, *place[1:])}
        table |= {(agency, place) for place in found.previews if told[place[0]].may_open_preview(agency, place[1])}
        table |= {(agency, s) for s in found.records if told[s.split(".")[1]].may_open_record(agency, s)}
    return table


def misplaced(found: Found, cases: list[Told]) -> list[str]:
    """The grants at the broker to agencies that may not read what they open any more."""
    told = {case.case_id: case for case in cases}
    wrong = []
    for subject in found.grants:
        _, case_id, compartment, _, recipient, granter, _ = subject.split(".")
        case = told[case_id]
        if compartment in OFFERS.values():
            allowed = recipient in case.offered | case.present
        elif compartment in COMPARTMENTS:
            allowed = case.may_hold(recipient, COMPARTMENTS[compartment])
        else:
            allowed = case.open_to(recipient, compartment) or recipient == granter
        if not allowed:
            wrong.append(subject)
    return wrong


async def as_it_should_be(bus: Bus, cases: list[Told]) -> Found:
    """Wait until the two tables are one and no grant is misplaced; what lies at the broker then."""
    await bus.level()

    async def alike() -> bool:
        found = await at_broker(bus)
        return await actual(bus, found) == expected(found, cases) and not misplaced(found, cases)

    try:
        await eventually(alike, within=10)
    except AssertionError:
        found = await at_broker(bus)
        table, wanted = await actual(bus, found), expected(found, cases)
        assert (table - wanted, wanted - table, misplaced(found, cases)) == (set(), set(), [])
    return await at_broker(bus)


async def much_shared(bus: Bus) -> Told:
    """A case that agencies enter and leave by every way, checked at each turn."""
    case = await Told(bus, NGO).opens()
    first = await case.consents_to(NGO, MUNICIPALITY, classes=("identity", "contact", "legal"))
    await case.consents_to(POLICE, classes=("identity", "legal"))
    third = await case.consents_to(REGION, classes=("health", "family"))
    for agency in (MUNICIPALITY, POLICE, REGION):
        await case.refers_to(agency)
    await case.accepts(MUNICIPALITY)
    await case.accepts(REGION)
    await case.assesses(MUNICIPALITY)  # which the police, who only were offered the case, cannot read
    await as_it_should_be(bus, [case])
    await case.declines(POLICE)  # it has read the preview
    await case.records(NGO, IDENTITY)  # in the second
    await case.records(NGO, CONTACT)
    await case.records(NGO, FAMILY)  # which it may write and the region alone may read
    await case.records(MUNICIPALITY, LEGAL)
    await case.records(REGION, HEALTH)
    await as_it_should_be(bus, [case])
    await case.withdraws(third, REGION)  # it keeps what it wrote itself
    await case.consents_to(NGO, classes=("identity",))  # the third epoch
    await as_it_should_be(bus, [case])
    await case.refers_to(POLICE)  # it is asked again, and reads another preview
    await as_it_should_be(bus, [case])
    await case.accepts(POLICE)  # it reads all epochs
    await as_it_should_be(bus, [case])
    await case.assesses(NGO)  # which the police can read, and what the municipality wrote before
    await case.withdraws(first, MUNICIPALITY)
    await case.assesses(NGO)  # which the municipality cannot read any more
    await case.consents_to(POLICE, classes=("contact",))  # the fourth epoch
    await case.records(NGO, IDENTITY.model_copy(update={"family_name": "Later"}))
    await case.records(POLICE, LEGAL)
    await as_it_should_be(bus, [case])
    return case


async def plainly_shared(bus: Bus, opener: str, other: str, record: PersonalRecord) -> Told:
    """A case of two agencies with one record."""
    case = await Told(bus, opener).opens()
    await case.consents_to(opener, other, classes=tuple(DataClass))
    await case.refers_to(other)
    await case.accepts(other)
    await case.records(opener, record)
    return case


async def erase(case: Told, scope: ErasureScope) -> None:
    """The lead has it erased, and all confirm."""
    replica = case.bus.nodes[case.opener].replica
    holders = holders_of((await replica.case(case.case_id)).view)
    wish = an_event(ErasureRequested, occurred_at=now(), scope=scope, reason="other", holders=holders)
    await case.says(case.opener, wish)

    async def confirmed() -> bool:
        erasures = (await replica.case(case.case_id)).view.erasures
        return bool(erasures) and not erasures[-1].outstanding

    await eventually(confirmed)


async def test_each_opens_what_it_should_and_nothing_else(tmp_path: Path) -> None:
    """Everything at the broker is tried with every key of every agency, and after a restart of all once more."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        cases = [await much_shared(bus)]
        closed = await plainly_shared(bus, MUNICIPALITY, NGO, FAMILY)
        await closed.says(MUNICIPALITY, an_event(CaseClosed, occurred_at=now(), reason="other"))
        cases += [closed, await Told(bus, POLICE).opens(), await Told(bus, MIGRATION).opens()]
        gone = await plainly_shared(bus, NGO, MUNICIPALITY, IDENTITY)
        cases.append(gone)
        half = await plainly_shared(bus, NGO, REGION, HEALTH)
        cases.append(half)
        await as_it_should_be(bus, cases)
        await erase(gone, ErasureScope.CASE)
        gone.erased = True
        await erase(half, ErasureScope.PERSONAL_DETAILS)
        await half.records(NGO, CONTACT)  # what is recorded after is there
        found = await as_it_should_be(bus, cases)
        assert not [place for agency, place in await actual(bus, found) if agency == COORDINATOR], "it keeps no time"
        assert {e.event_name for e in found.clear} == {"ErasureRequested", "ErasureConfirmed"}
        assert len(found.previews) >= 6
        parts = {subject.split(".")[2] for subject in found.records}
        assert parts == set(DataClass)
        assert {place[2] for place in found.events} == {Part.CORE, Part.DIALOGUE, Part.SUPPORT}
        assert len(found.events) > 40 and len(found.grants) > 30
        assert {case.case_id for case in cases} - {place[0] for place in found.events} == set()
        for agency in AGENCIES:
            await bus.stop_node(agency)
            await bus.start_node(agency)
        await bus.ready()
        await as_it_should_be(bus, cases)
