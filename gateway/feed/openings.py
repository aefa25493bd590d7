"""Which cases the entries of the feed open, to a caller or to the agency's systems."""

from __future__ import annotations

from collections.abc import Iterable

from bus.node import Node
from contracts.calendar.days import swedish_day
from gateway.feed.schemas import Entry, ToldEvent


def opens(entries: Iterable[Entry]) -> list[str]:
    """The cases of which these entries tell events."""
    return list(dict.fromkeys(entry.case_id for entry in entries if isinstance(entry, ToldEvent)))


async def opened_for(node: Node, system: str, entries: Iterable[Entry]) -> None:
    """Record, before it returns, that these entries open cases to a system. `system`: its name in the record.

    Raises StoreError when it cannot be recorded; then nothing may be handed on.
    """
    cases = [await node.replica.case(name) for name in opens(entries)]
    await node.openings.record(system, cases, swedish_day(node.now()), system=True)
