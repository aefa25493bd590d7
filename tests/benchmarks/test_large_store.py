"""A large store that a benchmark wrote equals a store that grew over years: lawful, complete, and with true lists."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.running import verified
from harness.scanning import scanned, store_tells_the_same

from benchmarks.histories import AGENCIES, COORDINATOR, history
from benchmarks.large_store import fill
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from contracts.calendar.days import swedish_day
from contracts.event.case_event import Provenance
from contracts.law.decider import decide, evolve
from contracts.law.in_force import ruleset_in_force
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import kind_named_by
from stafett.commands.home import directory_in, opened, settings_at
from stafett.commands.main import main

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_every_invented_case_is_lawful() -> None:
    """And has about ten events, in order, none of them still to come."""
    events = 0
    for number in range(150):
        case, last = CaseView.unopened("a"), NOW - timedelta(days=10_000)
        for by, event_id, event in history(number, NOW):
            kind = kind_named_by(by)
            assert by in AGENCIES and kind is not None and last <= event.occurred_at <= NOW
            said = type(event).model_validate_json(event.model_dump_json())
            provenance = Provenance(event_id, by, kind, event.occurred_at)
            ruleset = ruleset_in_force(swedish_day(said.occurred_at), provenance.recorded_at)
            assert decide(case, said, provenance, ruleset) is None
            case, last, events = evolve(case, said, provenance), event.occurred_at, events + 1
    assert 8 < events / 150 < 14


@pytest.mark.long
def test_a_store_that_was_filled_is_as_one_that_grew(tmp_path: Path) -> None:
    """Every event passes the audit, nothing is set aside, and the lists say what its cases say; rebuilt, too."""
    asyncio.run(fill(tmp_path, 120, now=NOW))
    status, said = verified(tmp_path, COORDINATOR)[COORDINATOR]
    assert status == 0 and " 0 wrong" in said, said
    assert asyncio.run(_judged(tmp_path)) > 100
    listed = asyncio.run(store_tells_the_same(tmp_path, COORDINATOR))
    assert listed > 100
    assert main(["rebuild", COORDINATOR, "--home", str(tmp_path)]) == 0
    assert asyncio.run(store_tells_the_same(tmp_path, COORDINATOR)) == listed


async def _judged(folder: Path) -> int:
    """How many cases there are, each judged from its first event on: nothing in them is without effect."""
    settings = settings_at(folder, COORDINATOR)
    async with opened(settings) as store:
        keyring, directory = Keyring(store, Vault.load(settings.vault)), await directory_in(store, settings)
        scan = await scanned(store, keyring, directory, COORDINATOR)
    assert all(case.head.version == case.file.view.version for case in scan.cases)
    return len(scan.cases)
