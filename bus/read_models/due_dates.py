"""Lists that are sorted by when something is due, though the store must not tell when that is.

Rows that are due together have the same token. Beside each list stands its calendar: each token once, with how many
rows have it and, sealed under the index key, when that is. The agency sorts the calendar, which is short, and then
knows in which rows any page begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bus.read_models.case_state import Change
from bus.read_models.index_key import IndexKey

PUT: Final = """INSERT INTO due_dates (list, due, label, n) VALUES (:list, :due, :label, :n)
    ON CONFLICT (list, due) DO UPDATE SET n = due_dates.n + excluded.n"""
CLEAR: Final = "DELETE FROM due_dates WHERE list = :list AND n <= 0"
CALENDAR: Final = "SELECT due, label, n FROM due_dates WHERE list = :list AND n > 0"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a page that are due together: so many of them, past so many others. `whole`: all that are due then."""

    label: str
    due: int
    limit: int
    offset: int
    whole: bool


class DueDate(NamedTuple):
    """When so many rows of a list are due. `label` sorts as the moments do."""

    label: str
    due: int
    n: int

    def whole(self) -> Part:
        """All the rows that are due then."""
        return Part(self.label, self.due, self.n, 0, True)


def date_of(index: IndexKey, list_name: str, label: str, n: int) -> dict[str, Any]:
    """The calendar's row of so many more rows of a list that are due then."""
    return {
        "list": list_name,
        "due": index.token("due", list_name, label),
        "label": index.seal(label, f"due/{list_name}"),
        "n": n,
    }


def replaced(
    list_name: str, gone: Sequence[Change], put: Change, index: IndexKey, n: Mapping[str, int]
) -> list[Change]:
    """The list with other rows in the place of those that are gone, and its calendar with so many rows by label.

    The calendar is cleared last: a date on which something is due again keeps its row.
    """
    return [*gone[:-1], put, (PUT, [date_of(index, list_name, name, count) for name, count in n.items()]), *gone[-1:]]


def cleared(list_name: str) -> Change:
    """The calendar without the dates on which nothing is due any more."""
    return CLEAR, [{"list": list_name}]


def calendar(index: IndexKey, list_name: str, rows: Iterable[Mapping[str, Any]]) -> list[DueDate]:
    """The dates of a list, the first due first. What another index key sealed is left out: it is being rebuilt."""
    dates = []
    for row in rows:
        label = index.open(bytes(row["label"]), f"due/{list_name}")
        if label is not None:
            dates.append(DueDate(label, int(row["due"]), int(row["n"])))
    return sorted(dates)


def parts_of_page(dates: Iterable[DueDate], limit: int, offset: int) -> list[Part]:
    """Which rows stand on a page, in their order."""
    parts = []
    for date in dates:
        if offset >= date.n:
            offset -= date.n
            continue
        if limit <= 0:
            break
        taken = min(date.n - offset, limit)
        parts.append(Part(date.label, date.due, taken, offset, taken == date.n))
        limit, offset = limit - taken, 0
    return parts
