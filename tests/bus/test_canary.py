"""Distinctive personal data and case facts are nowhere in clear; after an erasure no remaining key opens them."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from harness import sharing
from harness.bus import Bus, an_event
from harness.canary import every_secret, files_below, hits, sealed_contents
from harness.opening import at_broker, opens
from harness.planting import RECORDS, WORDS
from harness.postgres import Database
from harness.waiting import eventually
from psycopg.conninfo import make_conninfo

from bus.read_models.tasks import Task
from bus.sealing.vault import Vault
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.erasure import ErasureRequested, holders_of
from contracts.chapters.referral import CaseReferred
from contracts.vocabulary.choices import DataClass
from contracts.vocabulary.parts import COMPARTMENTS
from services import mandate_of
from stafett.commands import audit

pytestmark = pytest.mark.long

AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES


async def planted(bus: Bus) -> str:
    """A case with all of it, that the municipality accepted and read."""
    case_id = (await bus.detect(NGO)).case_id
    await sharing.consent(bus, case_id, NGO, MUNICIPALITY, classes=tuple(DataClass))
    offer = an_event(
        CaseReferred,
        occurred_at=sharing.now(),
        recipient=MUNICIPALITY,
        purposes=["support"],
        respond_by=(datetime.now(UTC) + timedelta(days=2)).isoformat(),
        note=WORDS["note"],
    )
    offer_id = (await bus.submit(NGO, offer, case_id)).event_id
    await sharing.accept(bus, case_id, MUNICIPALITY, offer_id)
    question = an_event(ConsultationRequested, occurred_at=sharing.now(), question=WORDS["question"])
    await bus.submit(NGO, question, case_id)
    assessed = await bus.submit(MUNICIPALITY, an_event(NeedsAssessed, occurred_at=sharing.now()), case_id)
    plan = {"service": "safe-accommodation", "responsible": MUNICIPALITY, "aim": WORDS["aim"]}
    drafted = an_event(
        SupportPlanDrafted,
        occurred_at=sharing.now(),
        assessment_id=assessed.event_id,
        goals=[plan],
        review_on="2099-01-01",
    )
    await bus.submit(MUNICIPALITY, drafted, case_id)
    for record in RECORDS:
        await bus.level()
        await bus.nodes[NGO].personal.record(case_id, record)

    async def read() -> bool:
        return await sharing.read(bus, MUNICIPALITY, case_id, *DataClass) == list(RECORDS)

    await eventually(read)
    await bus.level()
    return case_id


async def erase(bus: Bus, case_id: str) -> None:
    """The lead has it erased, and all confirm."""

    async def erased() -> bool:
        views = [(await bus.nodes[each].replica.case(case_id)).view for each in (NGO, MUNICIPALITY, COORDINATOR)]
        return all(view.erasures and not view.erasures[-1].outstanding for view in views)

    holders = holders_of((await bus.nodes[NGO].replica.case(case_id)).view)
    wish = an_event(ErasureRequested, occurred_at=sharing.now(), scope="case", reason="other", holders=holders)
    await bus.submit(NGO, wish, case_id)
    await eventually(erased)


class Disk:
    """Everything that is written anywhere: the bus's folder, the municipality's PostgreSQL, and what services log."""

    def __init__(self, bus: Bus, database: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
        self.bus = bus
        self._caplog = caplog
        self._database = database["POSTGRES_DBNAME"]
        host, port, user = (database[f"POSTGRES_{name}"] for name in ("HOST", "PORT", "USER"))
        self._address = make_conninfo(host=host, port=port, user=user, dbname=self._database)

    def content(self) -> dict[str, bytes]:
        """The bytes of every place, once what PostgreSQL holds in memory is on the disk."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute(
                "SELECT setting, oid FROM pg_settings, pg_database WHERE name = 'data_directory' AND datname = %s",
                [self._database],
            ).fetchone()
        assert row is not None
        server = Path(row[0])
        others = [folder for folder in server.iterdir() if folder.name != "base"]
        found = files_below(self.bus.folder, server / "base" / str(row[1]), *others)
        found["what services log"] = "\n".join(str(vars(record)) for record in self._caplog.records).encode()
        return found


def home(bus: Bus, agency: str) -> Path:
    """An agency's own folder."""
    return bus.layout.home(agency)


@pytest.fixture
def database(postgres: Database) -> dict[str, str]:
    """Where the municipality keeps its store."""
    return postgres()


def _texts(task: Task) -> tuple[str, str]:
    return task.text_en, task.text_sv


async def test_what_is_planted_is_found_nowhere_and_what_is_erased_opens_nowhere(
    tmp_path: Path, database: dict[str, str], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """In no file, database, write-ahead log, block of the broker, log line or replay, in whatever spelling; before and
    after; and with every key that survives, wherever its bytes were left, nothing of the erased case opens.
    """
    caplog.set_level(logging.DEBUG)
    mandates = {agency: mandate_of(agency) for agency in AGENCIES}
    async with Bus(tmp_path, *AGENCIES, mandates=mandates, stores={MUNICIPALITY: database}) as bus:
        disk, homes = Disk(bus, database, caplog), [home(bus, agency) for agency in AGENCIES]
        case_id, other = await planted(bus), await planted(bus)
        before, found = await asyncio.to_thread(disk.content), await at_broker(bus)
        tasks = {text for node in bus.nodes.values() for t in await node.tasks.open(case_id) for text in _texts(t)}
        assert len(tasks) > 2, "what the services give their people to do tells of the case"
        assert await asyncio.to_thread(hits, {*WORDS.values(), *tasks}, before) == []
        sealed = {data for place, data in found.events.items() if place[0] == case_id}
        sealed |= {data for place, data in found.previews.items() if place[0] == case_id}
        sealed |= {data for subject, data in found.records.items() if case_id in subject}
        rows = [row for node in bus.nodes.values() for row in await node.store.keys_after("", 1_000_000)]
        contexts = {f"{row.case_id}/{row.compartment}/{row.kid}" for row in rows}
        lost = {
            key.secret
            for node in bus.nodes.values()
            for part in (*COMPARTMENTS, *DataClass)
            for key in await node.keyring.of(case_id, part)
        }
        holders = (NGO, MUNICIPALITY, COORDINATOR)
        vault_keys = {key for agency in holders for key in Vault.load(home(bus, agency) / "vault.key")._keys.values()}
        assert len(lost) >= 3 + len(DataClass), "of the core, the offers, the support, and each class"
        assert lost <= await asyncio.to_thread(every_secret, before, homes, contexts)

        await erase(bus, case_id)
        after = await asyncio.to_thread(disk.content)
        assert await asyncio.to_thread(hits, {*WORDS.values(), *tasks}, after, lost | vault_keys) == []
        secrets = await asyncio.to_thread(every_secret, after, homes, contexts)
        kept = {
            key.secret for part in (*COMPARTMENTS, *DataClass) for key in await bus.nodes[NGO].keyring.of(other, part)
        }
        assert kept <= secrets, "what is not erased does open, so the search finds what there is"
        assert not lost & secrets
        candidates = sealed | sealed_contents(after)
        opened = [data for data in candidates if any(opens(secret, data) for secret in secrets)]
        assert len(opened) > len(RECORDS)
        erased = {data for place, data in found.events.items() if place[0] == case_id} | sealed
        assert not erased & set(opened)

        await bus.stop_node(NGO)
        await asyncio.to_thread(audit.replay, tmp_path, NGO, case_id)
        await asyncio.to_thread(audit.verify, tmp_path, NGO, None)
    stopped = files_below(tmp_path) | {"replay": "".join(capsys.readouterr()).encode()}
    assert hits(WORDS.values(), stopped, lost) == []
