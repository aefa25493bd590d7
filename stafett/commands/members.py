"""Prints the agencies on the bus, from the directory that one agency's replica has stored."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from contracts.directory.entry import AgencyEntry
from stafett.commands.home import directory_in, opened, settings_at


def members(home: Path | None, agency: str, *, as_json: bool = False) -> int:
    """Print each agency with its kind, key, duties and suspension. Returns 1 when the replica has none.

    `as_json`: print a JSON array of the entries.
    """
    entries = asyncio.run(_entries(home, agency))
    if as_json:
        print(json.dumps([entry.model_dump(mode="json") for entry in entries]))
        return 0 if entries else 1
    for entry in entries:
        print(_line(entry))
        print(f"  may issue: {', '.join(sorted(entry.duties)) or 'nothing'}")
    return 0 if entries else 1


async def _entries(home: Path | None, agency: str) -> tuple[AgencyEntry, ...]:
    settings = settings_at(home, agency)
    async with opened(settings) as store:
        return (await directory_in(store, settings)).view.agencies


def _line(entry: AgencyEntry) -> str:
    ended = f"  SUSPENDED from {entry.suspended_from:%Y-%m-%d %H:%M}" if entry.suspended_from is not None else ""
    keys = f"key {entry.current_key.id} from {entry.current_key.valid_from:%Y-%m-%d %H:%M}"
    earlier = f", {len(entry.keys) - 1} before it" if len(entry.keys) > 1 else ""
    return f"{entry.agency}  {entry.kind}  {entry.name}  {keys}{earlier}{ended}"
