"""Kept records: an authority keeps its own decisions when an organisation has a case erased, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from harness.bus import Bus, an_event
from harness.faulty_store import failing
from harness.owing import do, owed
from harness.postgres import Database
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.errors import StoreError
from bus.sealing.vault import Vault
from bus.store import Kind, Obligation
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.erasure import ErasureConfirmed, ErasureReason, ErasureRequested, holders_of
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.sweden.chapters.asylum import AsylumClaimed, AsylumDecided
from contracts.sweden.chapters.duty_to_keep import DUTIES, duties_of
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import ErasureScope, KeepingGround
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyKind

AGENCIES = ("ngo-fyren", "municipality-0180", "migration", "coordinator")
HOLDERS = AGENCIES[:3]
NGO, MUNICIPALITY, MIGRATION, COORDINATOR = AGENCIES


async def decided(bus: Bus) -> str:
    """A case of the NGO's in which the municipality assessed needs and the Migration Agency decided on asylum."""
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
    await bus.submit(MUNICIPALITY, an_event(NeedsAssessed, occurred_at=now()), case_id)
    await bus.submit(NGO, an_event(AsylumClaimed, occurred_at=now()), case_id)
    await bus.level()
    await bus.readable(case_id)
    await bus.submit(MIGRATION, an_event(AsylumDecided, occurred_at=now()), case_id)
    await bus.level()
    return case_id


async def view(bus: Bus, agency: str, case_id: str) -> CaseView:
    """What an agency sees of a case."""
    seen = (await bus.nodes[agency].replica.case(case_id)).view
    assert isinstance(seen, CaseView)
    return seen


async def erase(bus: Bus, case_id: str, scope: ErasureScope = ErasureScope.CASE) -> None:
    """The NGO has it erased."""
    wish = an_event(
        ErasureRequested,
        occurred_at=now(),
        scope=scope,
        reason=ErasureReason.PERSON_ASKED,
        holders=holders_of(await view(bus, NGO, case_id)),
    )
    await bus.submit(NGO, wish, case_id)


async def all_confirmed(bus: Bus, case_id: str, *agencies: str) -> None:
    """Every holder has confirmed, at each of these agencies' replicas."""

    async def confirmed() -> bool:
        views = [await view(bus, agency, case_id) for agency in agencies or HOLDERS]
        return all(each.erasures and not each.erasures[-1].outstanding for each in views)

    await eventually(confirmed, within=30)
    await bus.level()


async def kept(bus: Bus, agency: str) -> dict[str, str]:
    """The names of what an agency keeps, and the ids of these events."""
    return {each.name: each.event_id for each in (await bus.nodes[agency].kept.page(limit=100, offset=0)).items}


async def test_an_organisations_word_destroys_no_authoritys_decision(tmp_path: Path) -> None:
    """Each authority reads its own record afterwards, says so to all, and nothing else of the case is left anywhere."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await decided(bus)
        await erase(bus, case_id)
        await all_confirmed(bus, case_id)
        assert [{*await kept(bus, agency)} for agency in AGENCIES] == [
            set(),
            {"NeedsAssessed"},
            {"AsylumDecided"},
            set(),
        ]
        for agency, name in ((MUNICIPALITY, "NeedsAssessed"), (MIGRATION, "AsylumDecided")):
            node = bus.nodes[agency]
            record = await node.kept.one((await kept(bus, agency))[name])
            assert record is not None and record.content is not None
            assert record.content["data"].keys() >= {"occurred_at"} and name in record.content["type"]
        views = [await view(bus, agency, case_id) for agency in AGENCIES]
        assert len({each.digest for each in views}) == 1
        assert {(each.agency, each.ground, each.keeps) for each in views[0].erasures[0].objections} == {
            (MUNICIPALITY, KeepingGround.SOCIAL_SERVICES_FILE, ("NeedsAssessed",)),
            (MIGRATION, KeepingGround.PUBLIC_RECORDS, ("AsylumDecided",)),
        }
        for node in bus.nodes.values():
            assert await node.keyring.of(case_id) == ()
            history = [held async for held in node.replica.history(case_id)]
            assert {held.envelope.event_name for held in history if held.content is not None} == {
                "ErasureRequested",
                "ErasureObjected",
                "ErasureConfirmed",
            }


async def test_the_municipalitys_assessment_says_what_it_said(tmp_path: Path) -> None:
    """Its details too, which lay in a part of the case; the copy opens under a key of its own and under no other."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await decided(bus)
        before = {
            held.envelope.event_id: orjson.loads(held.content)
            async for held in bus.nodes[MUNICIPALITY].replica.history(case_id)
            if held.content is not None and held.envelope.event_name == "NeedsAssessed"
        }
        await erase(bus, case_id)
        await all_confirmed(bus, case_id)
        ((event_id, said),) = before.items()
        record = await bus.nodes[MUNICIPALITY].kept.one(event_id)
        assert record is not None and record.content is not None and record.key is not None
        assert record.content["data"] == said and "needs" in said
        rows = await bus.nodes[MUNICIPALITY].store.query("SELECT sealed FROM kept_records")
        assert all(b"housing" not in bytes(row["sealed"]) for row in rows)
        assert record.key.case_id not in (case_id, "")


async def test_who_has_left_keeps_its_own_too(tmp_path: Path) -> None:
    """It can no longer read the case when it is erased, and its decision of that time stays."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await decided(bus)
        (given,) = (await view(bus, NGO, case_id)).consents
        gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=given.id, recipients=[MUNICIPALITY])
        await bus.submit(NGO, gone, case_id)
        await bus.consent(NGO, case_id)  # under a key that the municipality does not get
        await bus.level()
        assert (await bus.nodes[MUNICIPALITY].replica.case(case_id)).unreadable
        await erase(bus, case_id)
        await all_confirmed(bus, case_id)
        assert {*await kept(bus, MUNICIPALITY)} == {"NeedsAssessed"}
        views = [await view(bus, agency, case_id) for agency in AGENCIES]
        assert len({each.digest for each in views}) == 1
        assert {each.agency for each in views[0].erasures[0].objections} == {MUNICIPALITY, MIGRATION}


async def test_a_postgres_store_keeps_and_releases_too(tmp_path: Path, postgres: Database) -> None:
    """The same tables in the other kind of store."""
    async with Bus(tmp_path, *AGENCIES, stores={MIGRATION: postgres()}) as bus:
        case_id = await decided(bus)
        await erase(bus, case_id)
        await all_confirmed(bus, case_id)
        node, event_id = bus.nodes[MIGRATION], (await kept(bus, MIGRATION))["AsylumDecided"]
        record = await node.kept.one(event_id)
        assert record is not None and record.content is not None and record.key is not None
        await node.openings.record_kept("3f9c2a7be01d4c55", record.key, record.until, system=False)
        assert len((await node.openings.page(limit=10, offset=0)).items) == 1
        assert await node.kept.release_now(case_id) is True
        assert (await node.kept.one(event_id), await node.kept.release_now(case_id)) == (None, False)
        assert (await node.openings.page(limit=10, offset=0)).total == 0


async def test_nothing_is_kept_when_only_personal_details_are_erased(tmp_path: Path) -> None:
    """The case goes on, and every decision in it."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await decided(bus)
        await erase(bus, case_id, ErasureScope.PERSONAL_DETAILS)
        await all_confirmed(bus, case_id)
        assert [await kept(bus, agency) for agency in AGENCIES] == [{}, {}, {}, {}]
        assert (await view(bus, MIGRATION, case_id)).status is CaseStatus.OPEN


async def test_what_is_kept_goes_when_its_last_day_is_over(tmp_path: Path) -> None:
    """The row falls due after the last day; then the copy, its key and the vault key that wrapped it are gone."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await decided(bus)
        await erase(bus, case_id)
        await all_confirmed(bus, case_id)
        node = bus.nodes[MIGRATION]
        (due,) = await owed(node, Kind.RELEASE)
        (objection,) = [
            each for each in (await view(bus, NGO, case_id)).erasures[0].objections if each.agency == MIGRATION
        ]
        last = datetime.fromtimestamp(due.due_at, UTC)
        assert timedelta() < last - datetime(*objection.until.timetuple()[:3], tzinfo=UTC) < timedelta(days=1)
        vault = bus.layout.home(MIGRATION) / "vault.key"
        before = Vault.load(vault).ids
        await do(node, due)
        assert await kept(bus, MIGRATION) == {}
        assert await node.store.keys_of([due.case_id]) == []
        assert set(before).isdisjoint(Vault.load(vault).ids)
        assert {*await kept(bus, MUNICIPALITY)} == {"NeedsAssessed"}, "others keep theirs"


async def test_a_cut_between_the_copy_and_the_destruction_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """While the copy cannot be written, nothing is destroyed; once it is, doing it again adds nothing."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await decided(bus)
        with failing(bus, MIGRATION, "INSERT", "set_id", "ground"):
            await erase(bus, case_id)
            await asyncio.wait_for(_owes(bus, Kind.ERASE, case_id), 20)
            assert await bus.nodes[MIGRATION].keyring.of(case_id) != ()
            with pytest.raises(StoreError):
                await do(bus.nodes[MIGRATION], Obligation(Kind.ERASE, case_id))
        await all_confirmed(bus, case_id)
        await do(bus.nodes[MIGRATION], Obligation(Kind.ERASE, case_id))
        assert {*await kept(bus, MIGRATION)} == {"AsylumDecided"}
        names = [(each.event_name, each.agency) for each in await bus.envelopes() if each.case_id == case_id]
        assert names.count((ErasureObjected.__name__, MIGRATION)) == 1
        assert names.count((ErasureConfirmed.__name__, MIGRATION)) == 1
        assert names.index((ErasureObjected.__name__, MIGRATION)) < names.index((ErasureConfirmed.__name__, MIGRATION))


async def _owes(bus: Bus, kind: Kind, case_id: str) -> None:
    async def failed() -> bool:
        rows = await owed(bus.nodes[MIGRATION], kind)
        return any(row.case_id == case_id and row.attempts > 0 for row in rows)

    await eventually(failed, within=15)


@pytest.mark.parametrize("kind", AgencyKind)
def test_each_ground_names_different_records(kind: AgencyKind) -> None:
    """So that it is clear on which ground an agency keeps what."""
    names = [name for duty in duties_of(kind) for name in duty.names]
    assert len(names) == len(set(names))


def test_a_last_day_exists_in_every_year() -> None:
    """Also where a case is erased on the 29th of February."""
    assert {duty.last_day(date(2028, 2, 29)).year for duty in DUTIES} == {2033, 2038}
