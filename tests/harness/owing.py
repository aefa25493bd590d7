"""The obligations of a node: the rows of its store, and the handlers of its reconciler."""

from __future__ import annotations

from typing import Any

from bus.node import Node
from bus.privacy.erasing import Erasing
from bus.store import Kind, Obligation, Store, Transaction
from harness.waiting import eventually

FOR_EVER = 1e12


async def all_due(store: Store, now: float = FOR_EVER) -> list[Obligation]:
    """All that is due and not parked, the longest due first."""
    due = "SELECT * FROM work WHERE parked = 0 AND due_at <= :now ORDER BY due_at, kind, case_id"
    return [Obligation.of(row) for row in await store.query(due, now=now)]


async def owed(node: Node, *kinds: Kind, now: float = FOR_EVER) -> list[Obligation]:
    """What a node owes of these kinds, or of all: due, due later and parked."""
    rows = [*await all_due(node.store, now), *await node.store.parked(100_000)]
    return [row for row in rows if not kinds or row.kind in kinds]


def handler_of(node: Node, kind: Kind) -> Any:
    """What does the obligations of a kind."""
    return node.reconciler._lanes[kind].handler


def erasing_of(node: Node) -> Erasing:
    """What carries out a node's erasures."""
    erasing = handler_of(node, Kind.ERASE).__self__
    assert isinstance(erasing, Erasing)
    return erasing


async def do(node: Node, obligation: Obligation) -> None:
    """Do an obligation now, whether or not it is owed, as the reconciler would."""
    transaction = await handler_of(node, obligation.kind)(obligation)
    if transaction is not None:
        await node.store.write(transaction)


async def react_again(node: Node, case_id: str) -> None:
    """Have every reaction to a case run again, as when the store had forgotten how far they had come."""

    async def has_reacted() -> bool:
        return not any((row.kind, row.case_id) == (Kind.REACT, case_id) for row in await all_due(node.store))

    await eventually(has_reacted)
    forgetting = Transaction()
    forgetting.react_again(case_id, 0)
    forgetting.oblige(Obligation(Kind.REACT, case_id))
    await node.store.write(forgetting)
    node.reconciler.wake()
