"""A mirror of an agency's cases as its own systems would keep it, fed by the feed alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from bus.node import Node
from contracts.event.case_event import EVENTS
from contracts.view.parts.status import CaseStatus

Get = Callable[[str], Awaitable[httpx.Response]]


@dataclass
class Mirror:
    """What the consumer keeps on its disk: the events of each case by version, the work, and its position."""

    position: str = ""
    cases: dict[str, dict[int, Any]] = field(default_factory=dict)
    directory: dict[int, Any] = field(default_factory=dict)
    tasks: dict[str, Any] = field(default_factory=dict)
    attention: dict[str, Any] = field(default_factory=dict)
    set_aside: list[Any] = field(default_factory=list)

    async def poll(self, get: Get, *, wait: int = 0, limit: int = 500) -> bool:
        """Fetch a part, apply it, remember the position; killed in between, it does so again. False: it was empty."""
        answer = await get(f"/v1/feed?after={self.position}&wait={wait}&limit={limit}")
        page = answer.json()
        if answer.status_code == 410:
            if not page["begin"]:
                self.cases, self.directory, self.tasks, self.attention, self.set_aside = {}, {}, {}, {}, []
            self.position = page["begin"]
            return True
        for entry in page["items"]:
            self.apply(entry)
        self.position = page["next"]
        return bool(page["items"])

    def apply(self, entry: dict[str, Any]) -> None:
        """Apply one entry. It keeps no previews of cases that are only offered to the agency."""
        if entry.get("offered"):
            return
        if entry["kind"] in ("event", "forget"):
            self._apply_to_case(entry)
        elif entry["kind"] == "directory":
            self.directory[entry["version"]] = entry["event_id"]
        elif entry["kind"] == "quarantined":
            self.set_aside += [entry["message"]] if entry["message"] not in self.set_aside else []
        else:
            name, kept, content = (
                (entry["task_id"], self.tasks, entry["task"])
                if entry["kind"] == "task"
                else (entry["event_id"], self.attention, entry["refused"])
            )
            kept.pop(name, None)
            if content is not None:
                kept[name] = content

    def _apply_to_case(self, entry: dict[str, Any]) -> None:
        case = self.cases.setdefault(entry["case_id"], {})
        if entry["kind"] == "event":
            case[entry["version"]] = (entry["type"], entry["data"], entry["withheld"])
        elif entry["why"] in ("erased", "left"):
            del self.cases[entry["case_id"]]
        elif entry["why"] == "replaced":
            self.cases[entry["case_id"]] = {v: told for v, told in case.items() if v <= entry["version"]}
        else:
            for version, told in case.items():
                case[version] = bare(*told, part=entry["part"])


def bare(kind: str, data: Any, withheld: str | None, *, part: str) -> tuple[str, Any, str | None]:
    """An event without its details, if it has some in a part that is lost."""
    event = EVENTS[kind.split(".")[2]]
    if event.part != part or data is None or data.keys().isdisjoint(event.details):
        return kind, data, withheld
    return kind, {name: value for name, value in data.items() if name not in event.details}, part


async def all_readable(node: Node) -> dict[str, dict[int, Any]]:
    """What the agency's histories show of the cases that it takes part in: what a mirror must have in the end."""
    found: dict[str, dict[int, Any]] = {}
    for case_id in await node.store.all_cases():
        case = await node.replica.case(case_id)
        if case.takes_part(node.settings.agency) and case.view.status is not CaseStatus.ERASED:
            found[case_id] = {
                entry.envelope.version: (entry.envelope.type, entry.content, entry.withheld)
                async for entry in node.replica.part(case, 0, case.chain.version)
            }
    return found


def as_told(found: dict[str, dict[int, Any]]) -> dict[str, dict[int, Any]]:
    """A history as the feed tells it."""
    return {
        case_id: {
            version: (kind, None if content is None else orjson.loads(content), withheld)
            for version, (kind, content, withheld) in events.items()
        }
        for case_id, events in found.items()
    }
