"""Prints the yearly report on victims from the store of the national coordinator, also while its service runs.

With the counts of other agencies it is the national report: what is small is hidden only after all are added.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bus.case.case_replica import CaseReplica
from bus.directory.directory import Directory
from bus.errors import GrantError, StoreError
from bus.privacy.year_counts import MAX_BYTES, SealedCount, opened_count
from bus.read_models.lists import Lists
from bus.read_models.read_models import ReadModels
from bus.sealing.keyring import Keyring
from bus.sealing.sealing_keys import SealingKeys
from bus.sealing.vault import Vault
from contracts.calendar.days import swedish_day
from contracts.event.case_event import EVENTS, Chapter
from contracts.statistics.tables import Tally, VictimCounts
from contracts.sweden import data_standard
from contracts.sweden.geography.files import load
from contracts.vocabulary.agencies import COORDINATOR, AgencyId
from stafett.commands.home import directory_in, opened, settings_at

_DETECTS: Final = frozenset(name for name, event in EVENTS.items() if event.chapter is Chapter.DETECTION)


@dataclass(frozen=True)
class Coverage:
    """Whose cases a national report counts.

    Attributes:
        counted: the agencies whose counts were added, each with the day of its count.
        missing: the agencies that can open cases and whose counts are not there, also those that are suspended.
    """

    counted: Mapping[AgencyId, date]
    missing: tuple[AgencyId, ...]


def statistics(home: Path | None, year: int, form: str | None = None, add: Sequence[Path] | None = None) -> int:
    """Print the registered victims of a calendar year, by what article 19a of Directive 2011/36/EU asks for.

    `form`: None: text; `csv` or `json`: in the words of HTCDS and IC-TIP. A hidden number is a hyphen in text, nothing
    in CSV, null in JSON. `add`: None: the cases that the coordinator takes part in; files: the cases that it opened,
    and the counts of other agencies in the files; standard error then says who was counted, and who is missing. Raises
    StoreError when the lists of the store are not complete, or a file cannot be believed.
    """
    report, coverage = asyncio.run(_report(home, year, add))
    if coverage is not None:
        print("\n".join(_said(coverage)), file=sys.stderr)
    if form == "csv":
        print(data_standard.as_csv(report), end="")
        return 0
    for row in data_standard.rows(report):
        print(row.model_dump_json() if form == "json" else _line(row))
    return 0


def _line(row: data_standard.ReportRow) -> str:
    number = "-" if row.victims is None else f"{row.victims:,}"
    return f"{row.table_en:<26} {row.word_en:<45} {number:>8}  {row.htcds_code}"


def _said(coverage: Coverage) -> Iterator[str]:
    for agency, day in coverage.counted.items():
        yield f"counted: {agency}, as of {day}"
    for agency in coverage.missing:
        yield f"missing: {agency}"


async def _report(home: Path | None, year: int, add: Sequence[Path] | None) -> tuple[VictimCounts, Coverage | None]:
    settings = settings_at(home, COORDINATOR)
    async with opened(settings) as store:
        keyring = Keyring(store, Vault.load(settings.vault, settings.secrets))
        read_models = ReadModels(COORDINATOR, store, keyring)
        if not await read_models.read():
            raise StoreError("the lists are not complete: start the service, or run `stafett rebuild coordinator`")
        lists = Lists(read_models, store=store, keyring=keyring, case=_no_case)
        tally = Tally(date(year, 1, 1), date(year, 12, 31), load().counties)
        if add is None:
            return await lists.victims(tally), None
        await lists.opened_here(tally)
        directory = await directory_in(store, settings)
        coverage = _added(tally, year, add, directory, SealingKeys.load(settings.sealing_key))
        return tally.victims(), coverage


def _added(tally: Tally, year: int, files: Sequence[Path], directory: Directory, keys: SealingKeys) -> Coverage:
    """Add the counts in these files to the tally. Raises StoreError, which names the file that cannot be added."""
    counted: dict[AgencyId, date] = {}
    for file in files:
        try:
            with file.open("rb") as stored:
                count = opened_count(SealedCount.from_bytes(stored.read(MAX_BYTES + 1)), directory, keys)
        except OSError as error:
            raise StoreError(f"{file} cannot be read ({error.strerror})") from None
        except GrantError as error:
            raise StoreError(f"{file} is not added: {error}; ask the agency for its count again") from None
        if count.year != year:
            raise StoreError(f"{file} is not added: it counts {count.year}, not {year}")
        if count.agency == COORDINATOR or count.agency in counted:
            raise StoreError(f"{file} is not added: {count.agency} would be counted twice")
        count.add_to(tally)
        counted[count.agency] = swedish_day(count.counted_at)
    able = (entry.agency for entry in directory.view.agencies if _DETECTS & set(entry.duties))
    return Coverage(counted, tuple(agency for agency in able if agency not in {COORDINATOR, *counted}))


async def _no_case(case_id: str) -> CaseReplica:
    raise AssertionError("the tallies need no case")
