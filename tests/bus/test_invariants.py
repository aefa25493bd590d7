"""A service that contradicts itself commits nothing, says so, counts it, and goes on from its store."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.forging import a_signer, sealed
from harness.waiting import eventually

from bus.case.case_replica import CaseReplica, Chain, Folded
from bus.errors import InvariantError
from bus.invariants import CHAIN_GROWS, VIEW_FOLLOWS, broken, invariant

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
    after, before = CaseReplica.after, broken[VIEW_FOLLOWS]

    def ahead(self: CaseReplica, *arguments: object) -> Folded:
        folded: Folded = after(self, *arguments)  # type: ignore[arg-type]
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


def test_a_chain_takes_no_other_event_than_its_next() -> None:
    """Whoever calls it without having looked is found out before anything is built upon it."""
    with pytest.raises(InvariantError, match=CHAIN_GROWS):
        Chain(version=7).extended(sealed(a_signer(NGO)), 9)
