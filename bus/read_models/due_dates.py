"""Lists that are sorted by due date, although the store must not reveal these dates.

Rows that are due at the same time have the same token. Each list has a calendar beside it. The calendar has one row for
each token: the number of rows with that token, and the date, sealed under the index key. The agency sorts the calendar,
which is short, and so knows which rows are on a page.
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
class Span:
    """The rows of a page that are due at one time: `limit` rows after `offset` others. `whole`: no others exist."""

    label: str
    due: int
    limit: int
    offset: int
    whole: bool


class DueDate(NamedTuple):
    """A date in a calendar, on which `n` rows are due. `label`: its text, which sorts by time. `due`: its token."""

    label: str
    due: int
    n: int

    def whole(self) -> Span:
        """Return the part with all rows of this date."""
        return Span(self.label, self.due, self.n, 0, True)


def date_of(index: IndexKey, list_name: str, label: str, n: int) -> dict[str, Any]:
    """Return a row of the calendar: `n` more rows of the list are due at `label`."""
    return {
        "list": list_name,
        "due": index.token("due", list_name, label),
        "label": index.seal(label, f"due/{list_name}"),
        "n": n,
    }


def replaced(
    list_name: str, gone: Sequence[Change], put: Change, index: IndexKey, n: Mapping[str, int]
) -> list[Change]:
    """Return the changes that replace rows of a list. `gone`: the removal of the old rows; its last change clears the
    calendar. `put`: the new rows. `n`: their number by label.

    The calendar is cleared last, so that a date that is in use again keeps its row.
    """
    return [*gone[:-1], put, (PUT, [date_of(index, list_name, name, count) for name, count in n.items()]), *gone[-1:]]


def cleared(list_name: str) -> Change:
    """Return the change that removes the dates without rows from a calendar."""
    return CLEAR, [{"list": list_name}]


def calendar(index: IndexKey, list_name: str, rows: Iterable[Mapping[str, Any]]) -> list[DueDate]:
    """Return the dates of a list, the first due first. Dates under another index key are left out until the rebuild."""
    dates = []
    for row in rows:
        label = index.open(bytes(row["label"]), f"due/{list_name}")
        if label is not None:
            dates.append(DueDate(label, int(row["due"]), int(row["n"])))
    return sorted(dates)


def parts_of_page(dates: Iterable[DueDate], limit: int, offset: int) -> list[Span]:
    """Return the parts that make a page of `limit` rows after `offset` rows, in order."""
    parts = []
    for date in dates:
        if offset >= date.n:
            offset -= date.n
            continue
        if limit <= 0:
            break
        taken = min(date.n - offset, limit)
        parts.append(Span(date.label, date.due, taken, offset, taken == date.n))
        limit, offset = limit - taken, 0
    return parts
