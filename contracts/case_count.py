"""A case as statistics count it: one small row, carried on from event to event, and what it adds to which table.

A row answers for every period at once: the month in which the case was opened, and the chapter that it had reached by
the end of each month. What rows add to the tables can itself be kept and added up (`changes`), so that the statistics
of any period cost no look at any case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, NamedTuple, Self

from contracts.closure import CaseClosed
from contracts.event import EVENTS, Chapter, Fact, swedish_day
from contracts.states import CaseStatus, ClosureReason
from contracts.view import CaseView
from contracts.vocabulary import RegionCode

SEVERAL: Final = "several"
"""The cell of those who were exploited in more than one form, so that each is counted once."""

UNKNOWN: Final = "unknown"

_BESIDE: Final = frozenset({Chapter.CLOCKS, Chapter.PERSONAL_DATA, Chapter.ERASURE})
"""What runs beside a case's progress."""

PROGRESS: Final = tuple(chapter for chapter in Chapter if chapter not in _BESIDE)
"""The chapters in which a case advances, in order."""

Month = str
"""A month as `2024-03`: as text, months sort as in time."""

Table = Literal["month", "chapter", "form", "region"]


def month_of(day: date) -> Month:
    """The month of a day."""
    return f"{day:%Y-%m}"


@dataclass(frozen=True)
class CountedCase:
    """What is known of a case.

    `events`: the names of its events in order, each with the Swedish day on which it was recorded, as envelopes show
    them to everybody; without those that had no effect, as far as that is known. `view`: where the case can be read.
    """

    events: tuple[tuple[str, date], ...]
    view: CaseView | None = None


class Mark(NamedTuple):
    """A cell to which a case belongs, from the end of a month on.

    Cases that can be read and the others (`readable`) are counted apart, each in the month in which it was opened.
    """

    readable: bool
    opened_in: Month
    table: Table
    name: str
    since: Month


class Turn(Fact):
    """From this month on, as far as events recorded by then tell, a case is closed or open again."""

    month: Month
    closed: bool


class CaseCount(Fact):
    """The row of one case: kept beside the case, replaced by `counted` in the commit of each of its events.

    `reached`: the first month in which an event of each chapter was recorded. It holds nothing that envelopes do not
    show but the form and the region, which a case that cannot be read has not.
    """

    opened_in: Month | None = None
    reached: tuple[tuple[Chapter, Month], ...] = ()
    turns: tuple[Turn, ...] = ()
    readable: bool = False
    counts: bool = True
    form: str | None = None
    region: RegionCode | None = None

    @classmethod
    def of(cls, case: CountedCase) -> Self:
        """The row of a case from its whole history, as after a key came that opens it."""
        row = cls()
        for name, day in case.events:
            row = row._after(name, month_of(day))
        return row.seen(case.view)

    def seen(self, view: CaseView | None) -> Self:
        """The row when this is what can be read of the case; None: nothing."""
        if view is None:
            return self.model_copy(update={"readable": False, "counts": True, "form": None, "region": None})
        return self.model_copy(
            update={"readable": True, "counts": _counts(view), "form": _form(view), "region": view.region}
        )

    def chapter_by(self, month: Month) -> Chapter:
        """The furthest chapter that the case had reached at the end of a month; one reopened by then is not closed."""
        reached = {chapter for chapter, since in self.reached if since <= month}
        if [turn.closed for turn in self.turns if turn.month <= month][-1:] == [True]:
            reached.add(Chapter.CLOSURE)
        return max(reached, key=PROGRESS.index, default=Chapter.DETECTION)

    def marks(self) -> Mapping[Mark, int]:
        """What the case adds to which cell, and where it takes itself away again; nothing when it is not counted.

        A period's cell is the sum over its months of opening and over every `since` up to its last month.
        """
        found: Counter[Mark] = Counter()
        opened_in = self.opened_in
        if opened_in is None or not self.counts:
            return found
        found[Mark(self.readable, opened_in, "month", opened_in, opened_in)] = 1
        if self.readable:
            found[Mark(True, opened_in, "form", self.form or UNKNOWN, opened_in)] = 1
            found[Mark(True, opened_in, "region", self.region or UNKNOWN, opened_in)] = 1
        last: Chapter | None = None
        for month in sorted({month for _, month in self.reached} | {turn.month for turn in self.turns}):
            chapter = self.chapter_by(month)
            if chapter is not last:
                found[Mark(self.readable, opened_in, "chapter", chapter, month)] += 1
                if last is not None:
                    found[Mark(self.readable, opened_in, "chapter", last, month)] -= 1
                last = chapter
        return found

    def _after(self, name: str, month: Month) -> Self:
        """The row after an event of this name was recorded in this month; months need not come in order."""
        event = EVENTS.get(name)
        if event is None:
            return self
        opened_in = month if self.opened_in is None and event.chapter is Chapter.DETECTION else self.opened_in
        if event.chapter is Chapter.CLOSURE:
            return self.model_copy(update={"turns": _turned(self.turns, Turn(month=month, closed=event is CaseClosed))})
        if event.chapter in _BESIDE:
            return self
        reached = dict(self.reached)
        reached[event.chapter] = min(month, reached.get(event.chapter, month))
        return self.model_copy(update={"opened_in": opened_in, "reached": tuple(sorted(reached.items()))})


def counted(row: CaseCount, name: str, recorded_at: datetime, view: CaseView | None, *, had_effect: bool) -> CaseCount:
    """The row after one more event, by its name and when it was recorded. `view`: the case after it, where it can be
    read. `had_effect`: whether the event changed the case, as far as that is known.

    When a case becomes readable, what had no effect becomes known of its past too: count it anew with `CaseCount.of`.
    """
    return (row._after(name, month_of(swedish_day(recorded_at))) if had_effect else row).seen(view)


def changes(before: CaseCount | None, after: CaseCount | None) -> Mapping[Mark, int]:
    """By how much the number kept under each mark changes when a case's row does; None: there is no row."""
    change = Counter({} if after is None else after.marks())
    change.subtract({} if before is None else before.marks())
    return {mark: number for mark, number in change.items() if number}


def _turned(turns: tuple[Turn, ...], turn: Turn) -> tuple[Turn, ...]:
    """The turns that count for some month, each unlike the one before: at most one for each month."""
    kept = tuple(each for each in turns if each.month < turn.month)  # whoever counts the others counts this one last
    was_closed = kept[-1].closed if kept else False
    return kept if turn.closed is was_closed else (*kept, turn)


def _counts(view: CaseView) -> bool:
    """Whether it is a case, and not a second one of the same person."""
    return view.status is not CaseStatus.UNOPENED and view.closed_for is not ClosureReason.DUPLICATE


def _form(view: CaseView) -> str:
    if not view.exploitation_forms:
        return UNKNOWN
    return SEVERAL if len(view.exploitation_forms) > 1 else view.exploitation_forms[0]
