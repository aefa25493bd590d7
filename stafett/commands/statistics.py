"""Prints the yearly report on victims from the store of the national coordinator, also while its service runs."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

from bus.case.case_replica import CaseReplica
from bus.errors import StoreError
from bus.read_models.lists import Lists
from bus.read_models.read_models import ReadModels
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from contracts.statistics.tables import Tally, VictimCounts
from contracts.sweden import data_standard
from contracts.sweden.geography.files import load
from contracts.vocabulary.agencies import COORDINATOR
from stafett.commands.home import opened, settings_at


def statistics(home: Path | None, year: int, form: str | None = None) -> int:
    """Print the registered victims of a calendar year, by what article 19a of Directive 2011/36/EU asks for.

    `form`: None: text; `csv` or `json`: in the words of HTCDS and IC-TIP. A hidden number is a hyphen in text, nothing
    in CSV, null in JSON. Raises StoreError when the lists of the store are not complete.
    """
    report = asyncio.run(_report(home, year))
    if form == "csv":
        print(data_standard.as_csv(report), end="")
        return 0
    for row in data_standard.rows(report):
        print(row.model_dump_json() if form == "json" else _line(row))
    return 0


def _line(row: data_standard.ReportRow) -> str:
    number = "-" if row.victims is None else f"{row.victims:,}"
    return f"{row.table_en:<26} {row.word_en:<45} {number:>8}  {row.htcds_code}"


async def _report(home: Path | None, year: int) -> VictimCounts:
    settings = settings_at(home, COORDINATOR)
    async with opened(settings) as store:
        keyring = Keyring(store, Vault.load(settings.vault, settings.secrets))
        read_models = ReadModels(COORDINATOR, store, keyring)
        if not await read_models.read():
            raise StoreError("the lists are not complete: start the service, or run `stafett rebuild coordinator`")
        lists = Lists(read_models, store=store, keyring=keyring, case=_no_case)
        return await lists.victims(Tally(date(year, 1, 1), date(year, 12, 31), load().counties))


async def _no_case(case_id: str) -> CaseReplica:
    raise AssertionError("the tallies need no case")
