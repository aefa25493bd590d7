"""R10: keys that do not open count as missing, and the service says so; without its vault, it does not start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.reckoning import acknowledged, answered, nothing_is_lost, watching
from harness.tampering import damages_keys

from bus.errors import StoreError
from bus.operator.provision import provision
from bus.sealing.vault import Vault

POLICE, NGO, COORDINATOR = AGENCIES = ("police", "ngo-fyren", "coordinator")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Three agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


async def test_damaged_wrapped_keys_come_back_from_their_grants(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    """Three cases have keys with one wrong byte: the service starts, says which, and reads them again soon."""
    case_ids = [await bus.shared_case() for _ in range(4)]
    receipts = acknowledged(*[await bus.consent(POLICE, case_id) for case_id in case_ids])
    await bus.level()
    await bus.stop_node(POLICE)
    damages_keys(bus, POLICE, case_ids[:3])
    caplog.clear()
    async with watching(bus) as watch:
        await bus.start_node(POLICE)
        await nothing_is_lost(bus, receipts)
        told = " ".join([*watch.said[POLICE], *(str(vars(record)) for record in caplog.records)])
    assert [case_id for case_id in case_ids if case_id in told] == case_ids[:3]
    receipts += acknowledged(*[await answered(bus.consent(POLICE, case_id)) for case_id in case_ids])
    await nothing_is_lost(bus, receipts)


async def _without_its_vault(bus: Bus) -> Path:
    """The file of the police's vault key, which is gone while the store is there."""
    await bus.detect(POLICE)
    await bus.level()
    await bus.stop_node(POLICE)
    vault = bus.layout.home(POLICE) / "vault.key"
    vault.unlink()
    return vault


async def test_provisioning_makes_no_new_vault_beside_a_store(bus: Bus) -> None:
    """It says that the key must be restored from the agency's backup, and leaves everything as it was."""
    vault = await _without_its_vault(bus)
    told: list[str] = []
    provision(bus.folder, bus.mandates, datetime.now(UTC), told=told.append)
    assert [line for line in told if line.startswith(POLICE) and "vault.key" in line], told
    assert not vault.exists()


async def test_a_service_does_not_start_with_a_vault_that_does_not_open_its_store(bus: Bus) -> None:
    """Somebody made a new vault key where the old one was lost: the service says which key it needs, and ends."""
    vault = await _without_its_vault(bus)
    Vault.create(vault)
    with pytest.raises(StoreError, match="vault key"):
        await bus.start_node(POLICE)
    bus.nodes.pop(POLICE, None)
