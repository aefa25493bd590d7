"""The tallies: the number of cases of each kind, by the month in which they were opened. They change with each case.

The store also keeps each case's own part in the tallies, so that it can be subtracted later without knowledge of the
case's earlier state. Months and chapters are visible in the envelopes anyway; all other values are tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bus.read_models.case_state import CaseState, Change
from bus.read_models.index_key import IndexKey
from contracts.statistics.case_progress import PROGRESS, CaseCount, Month, Population, counted
from contracts.statistics.cells import LACKED, PERSONAL, WAITS, Table, Wait
from contracts.vocabulary.agencies import COORDINATOR, AgencyId
from contracts.vocabulary.codes import RegionCode

_TAKE_BACK: Final = """INSERT INTO tallies (opened_in, month, token, n)
    SELECT opened_in, month, token, -n FROM case_tallies WHERE case_id = :case_id
    ON CONFLICT (opened_in, month, token) DO UPDATE SET n = tallies.n + excluded.n"""
_FORGET: Final = "DELETE FROM case_tallies WHERE case_id = :case_id"
_REMEMBER: Final = """INSERT INTO case_tallies (case_id, opened_in, month, token, n)
    VALUES (:case_id, :opened_in, :month, :token, :n)"""
_ADD: Final = """INSERT INTO tallies (opened_in, month, token, n) VALUES (:opened_in, :month, :token, :n)
    ON CONFLICT (opened_in, month, token) DO UPDATE SET n = tallies.n + excluded.n"""

SUMS: Final = """SELECT token, SUM(n) AS n FROM tallies
    WHERE opened_in >= :first AND opened_in <= :last AND month <= :last GROUP BY token"""
SUMS_BY_MONTH: Final = """SELECT opened_in, token, SUM(n) AS n FROM tallies
    WHERE opened_in >= :first AND opened_in <= :last AND token IN (:readable, :others, :opened)
    GROUP BY opened_in, token"""

SUMMED: Final = (Population.READABLE, Population.OTHERS, Population.OPENED)
"""The populations that a question about the tallies asks for."""


def changes(agency: AgencyId, index: IndexKey, before: CaseState, after: CaseState) -> list[Change]:
    """Return the changes of the tallies when a case goes from `before` to `after`."""
    was, now = _counts(agency, before), _counts(agency, after)
    return [] if was == now else _changed(index, after.view.case_id, now, known=bool(was))


def put(agency: AgencyId, index: IndexKey, case: CaseState) -> list[Change]:
    """Return the changes that replace a case's part in the tallies by its present one."""
    return _changed(index, case.view.case_id, _counts(agency, case), known=True)


def _counts(agency: AgencyId, case: CaseState) -> Mapping[Population, CaseCount]:
    """The populations in which the agency counts the case, each with the case's numbers; none for no opened case.

    The coordinator counts every case. Every agency counts as `OPENED` those that it opened itself.
    """
    count = counted(case.progress, case.view if case.view.takes_part(agency) else None)
    if count.progress.opened_in is None:
        return {}
    found = {count.population: count} if agency == COORDINATOR else {}
    if count.population is Population.READABLE and case.view.opened_by == agency:
        found[Population.OPENED] = count
    return found


def _changed(index: IndexKey, case_id: str, now: Mapping[Population, CaseCount], *, known: bool) -> list[Change]:
    case = {"case_id": case_id}
    gone: list[Change] = [(_TAKE_BACK, [case]), (_FORGET, [case])] if known else []
    parts = Counter[tuple[Month | None, Month, int]]()
    for population, count in now.items():
        for month, table, name, n in count.parts():
            parts[count.progress.opened_in, month, token(index, population, table, name)] += n
    rows = [
        {"opened_in": opened_in, "month": month, "token": name, "n": n} for (opened_in, month, name), n in parts.items()
    ]
    return [*gone, (_REMEMBER, [case | row for row in rows]), (_ADD, rows)] if rows else gone


def token(index: IndexKey, population: Population, table: Table, name: str) -> int:
    """Return the token of a cell of the statistics."""
    return index.token("tally", population, table, name)


def cells(
    index: IndexKey, by_token: Mapping[int, int], regions: Iterable[RegionCode]
) -> Iterator[tuple[Population, Table, str, int]]:
    """Yield each possible cell with its number of cases: (population, table, name, number).

    `by_token`: the sums of a period. `regions`: the names of the cells in the tables of regions.
    """
    regions = tuple(regions)
    names: dict[Table, tuple[str, ...]] = {
        Table.CHAPTER: PROGRESS,
        **PERSONAL,
        **dict.fromkeys(WAITS, tuple(Wait)),
        Table.REGION: regions,
        Table.UNMET_SERVICE: LACKED,
        Table.UNMET_REGION: regions,
        Table.LATE_SERVICE: LACKED,
        Table.LATE_REGION: regions,
    }
    for population in SUMMED:
        for table, cell_names in names.items():
            for name in cell_names:
                yield population, table, name, by_token.get(token(index, population, table, name), 0)


def months(index: IndexKey, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Population, Month, int]]:
    """Yield the number of cases opened in each month: (population, month, number). `rows`: of `SUMS_BY_MONTH`."""
    of = {opened_token(index, population): population for population in SUMMED}
    for row in rows:
        yield of[int(row["token"])], int(row["opened_in"]), int(row["n"])


def opened_token(index: IndexKey, population: Population) -> int:
    """Return the token under which each case of a population is counted once."""
    return token(index, population, Table.MONTH, "")
