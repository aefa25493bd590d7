"""B13: an agency is suspended while its store fails. Its waiting events still come back to its caseworkers."""

from __future__ import annotations

from pathlib import Path

from harness.faulty_store import OUTBOX, failing
from harness.line import LinedBus
from harness.operating import new_id, now
from harness.waiting import eventually

from bus.operator.root_publisher import as_administrator, publish
from bus.store import OutboxStatus
from contracts.directory.events import AgencySuspended, SuspensionReason

NGO, POLICE, COORDINATOR = "ngo-fyren", "police", "coordinator"


def _suspension(_: object) -> list[AgencySuspended]:
    return [AgencySuspended(occurred_at=now(), agency=NGO, suspended_from=now(), reason=SuspensionReason.OTHER)]


async def test_what_waits_comes_back_though_the_store_failed_at_it(tmp_path: Path) -> None:
    """The broker is away for good, so that only the node itself can try again; at the end the node stops well."""
    async with LinedBus(tmp_path, NGO, POLICE, COORDINATOR, lined=[NGO]) as bus:
        case_id = (await bus.detect(NGO)).case_id
        line, node = bus.lines[NGO], bus.nodes[NGO]
        line.cut()
        await eventually(lambda: not node.health().ready)
        waiting = [await bus.consent(NGO, case_id) for _ in range(3)]
        assert {receipt.status for receipt in waiting} == {OutboxStatus.PENDING}
        with failing(bus, NGO, "UPDATE", *OUTBOX):
            async with as_administrator([bus.broker.url], bus.layout) as log:
                await publish(log, bus.layout, _suspension, now=now, new_id=new_id)
            line.mend()
            await eventually(lambda: "suspended" in (node.health().agency or ""))
            await eventually(lambda: node.health().store is not None or bool(node.health().degraded))
            line.cut()
            await eventually(lambda: not node.log.connected.is_set())
        await eventually(lambda: node.health().store is None)

        def came_back() -> bool:
            rows = bus.outbox(NGO).waiting(OutboxStatus.PARKED)
            return {row.event_id for row in rows} == {receipt.event_id for receipt in waiting}

        await eventually(came_back, within=15)
        await bus.stop_node(NGO)
