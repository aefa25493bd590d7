"""Deployment 5e: a store from before an erasure is put back beside today's vault. The service says so."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from harness.bus import Bus, an_event
from harness.faulty_store import database
from harness.sharing import now
from harness.waiting import eventually

from bus.errors import StoreError
from contracts.chapters.erasure import ErasureRequested, holders_of

NGO, COORDINATOR = "ngo-fyren", "coordinator"
SEEN_WITHIN = 5.0


async def test_a_store_whose_vault_key_is_destroyed_is_red(tmp_path: Path) -> None:
    """Nothing in the old store opens any more. Health is red and names the key, or the start says the same."""
    async with Bus(tmp_path, NGO, COORDINATOR) as bus:
        older = (await bus.detect(NGO)).case_id
        await bus.consent(NGO, older)
        await bus.level()
        await bus.stop_node(NGO)
        dump, home = tmp_path / "dump", database(bus, NGO).parent
        dump.mkdir()
        _copy_store(home, dump)
        await bus.start_node(NGO)
        await bus.ready()
        await _erase(bus, (await bus.detect(NGO)).case_id)
        await bus.stop_node(NGO)
        for path in home.glob("store.db*"):
            path.unlink()
        _copy_store(dump, home)
        assert "key" in (await _trouble(bus)), "the trouble does not say what is missing"


async def _trouble(bus: Bus) -> str:
    """Why the agency does not start, or what its health says within seconds; AssertionError when it says it is well."""
    try:
        node = await bus.start_node(NGO)
    except StoreError as error:
        await bus.stop_node(NGO)
        return str(error)
    with suppress(AssertionError):
        await eventually(lambda: node.health().store is not None, SEEN_WITHIN)
    condition = node.health()
    assert not condition.ready, "the service says that it is ready"
    return condition.store or ""


def _copy_store(here: Path, there: Path) -> None:
    for path in here.glob("store.db*"):
        shutil.copy(path, there)


async def _erase(bus: Bus, case_id: str) -> None:
    holders = holders_of((await bus.nodes[NGO].replica.case(case_id)).view)
    wish = an_event(ErasureRequested, occurred_at=now(), reason="other", holders=holders)
    await bus.submit(NGO, wish, case_id)

    async def confirmed() -> bool:
        erasures = (await bus.nodes[NGO].replica.case(case_id)).view.erasures
        return bool(erasures) and erasures[-1].outstanding == ()

    await eventually(confirmed, within=20)
