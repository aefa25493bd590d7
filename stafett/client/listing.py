"""Reads lists and histories to their end, a page at a time."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from stafett.client.asking import Call, with_query
from stafett.client.conversation import Patience, Step, Tell
from stafett.client.errors import BadAnswerError
from stafett.client.operations import read_case_history
from stafett.client.received import HistoricEvent, Page

Item = TypeVar("Item")


@dataclass(frozen=True)
class Every(Generic[Item]):
    """Every item of a list; see `every`."""

    first: Call[Page[Item]]

    def told(self, patience: Patience) -> Generator[Step | Tell[Item], Any, None]:
        """A page, its items, and the next page, until there is none."""
        call = self.first
        while True:
            page = yield from call.steps(patience)
            for item in page.items:
                yield Tell(item)
            if page.next is None:
                return
            if not page.items:
                raise BadAnswerError("an empty page that is not the last")
            call = Call(with_query(self.first.request, cursor=page.next), self.first.kinds)


@dataclass(frozen=True)
class EveryEvent:
    """Every event of a case; see `history`."""

    case_id: str
    after: int

    def told(self, patience: Patience) -> Generator[Step | Tell[HistoricEvent], Any, None]:
        """A part, its events, and the next part, until there is none."""
        after: int | None = self.after
        while after is not None:
            part = yield from read_case_history(self.case_id, after=after, limit=100).steps(patience)
            for event in part.items:
                yield Tell(event)
            if part.next is not None and part.next <= after:
                raise BadAnswerError("a history that leads back")
            after = part.next


def every(first: Call[Page[Item]]) -> Every[Item]:
    """Every item of a list, whatever its length: `every(list_cases(status="open"))`. Items may come meanwhile."""
    return Every(first)


def history(case_id: str, *, after: int = 0) -> EveryEvent:
    """Every event of a case after a version, in order, as the agency reads it now."""
    return EveryEvent(case_id, after)
