"""A service that contradicts itself commits nothing, says so, counts it, and goes on from its store."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.following import a_follower
from harness.forging import a_directory, a_signer, after, sealed
from harness.waiting import eventually

from bus.case.case_replica import CaseReplica, Folded
from bus.errors import InvariantError
from bus.invariants import CHAIN_GROWS, VIEW_FOLLOWS, broken, invariant
from bus.reconciler.obligations import Duties
from bus.replica.fold import Fold
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from bus.store import open_store

NGO, POLICE = "ngo-fyren", "police"


def test_an_invariant_that_holds_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It costs a comparison."""
    before = dict(broken)
    invariant(True, VIEW_FOLLOWS)
    assert dict(broken) == before and not caplog.records


async def test_a_broken_one_ends_the_session_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The view of one event runs ahead of its chain; nothing is kept, and the event is taken once that is over."""
    fold_after, before = CaseReplica.after, broken[VIEW_FOLLOWS]

    def ahead(self: CaseReplica, *arguments: object) -> Folded:
        folded: Folded = fold_after(self, *arguments)  # type: ignore[arg-type]
        view = folded.case.view
        return replace(folded, case=replace(folded.case, view=view.model_copy(update={"version": view.version + 1})))

    async with Bus(tmp_path, NGO, POLICE) as bus:
        case_id = (await bus.detect(NGO)).case_id
        node = bus.nodes[NGO]
        committed = (await node.store.position()).sequence
        with monkeypatch.context() as patched, caplog.at_level(logging.CRITICAL):
            patched.setattr(CaseReplica, "after", ahead)
            sent = asyncio.create_task(bus.consent(NGO, case_id))
            await eventually(lambda: VIEW_FOLLOWS in (node.health().broker or ""))
            assert (await node.store.position()).sequence == committed, "nothing is committed"
            assert not node.health().ready
        await bus.ready(NGO)
        receipt = await sent
        assert (await bus.delivered(NGO, receipt.event_id)).version == 2
        assert (await node.replica.case(case_id)).chain.version == 2
    assert broken[VIEW_FOLLOWS] > before
    lines = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert lines and {(line.getMessage(), vars(line)["invariant"]) for line in lines} == {
        ("invariant broken", VIEW_FOLLOWS)
    }


async def test_a_case_takes_no_other_event_than_its_next(tmp_path: Path) -> None:
    """A fold that has not looked is found out before anything is built upon it."""
    store = open_store({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")})
    keyring, duties = Keyring(store, Vault.create(tmp_path / "vault.key")), Duties(POLICE, {}, keeps_time=False)
    writer = a_signer(NGO)
    replica, _ = a_follower(store, a_directory(writer), keyring, duties)
    first = sealed(writer)
    fold = Fold(duties, replica, replica.directory, replica.empty)
    with pytest.raises(InvariantError, match=CHAIN_GROWS):
        fold.accept(await replica.empty(first.case_id), sealed(writer, **after(first)), 9)
    await store.close()
