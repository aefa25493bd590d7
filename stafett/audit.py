"""An auditor's tools over one agency's store: fold every case again, and check every envelope again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from bus.case_file import CaseFile, SetAside
from bus.directory import Directory
from bus.envelope import GENESIS, Envelope
from bus.errors import EnvelopeError, StoreError
from bus.provision import Layout
from bus.settings import BusSettings
from bus.store import Head, Store, open_store


def replay(home: Path, agency: str, case_id: str | None) -> int:
    """Fold the cases from their first event; print version and digest of each. 1 when there is none."""
    return asyncio.run(_replay(home, agency, case_id))


def verify(home: Path, agency: str, case_id: str | None) -> int:
    """Check envelope, signature, duty and chain of every event; print what is wrong. 0 when nothing is."""
    return asyncio.run(_verify(home, agency, case_id))


async def _replay(home: Path, agency: str, case_id: str | None) -> int:
    directory = Directory.load(Layout(home).directory)
    count = 0
    async with _store(home, agency) as store:
        for name in await _wanted(store, case_id):
            case = CaseFile.unopened(name)
            for envelope in await store.envelopes(name):
                case, aside = case.with_event(envelope, directory)
                if case_id is not None:
                    print(_line(envelope, case, aside))
            print(f"{name}  version {case.version}  digest {case.view.digest}")
            count += 1
    return 0 if count else 1


def _line(envelope: Envelope, case: CaseFile, aside: SetAside | None) -> str:
    note = f"  set aside: {aside.reason} {aside.detail}" if aside else ""
    return (
        f"{envelope.version:>5}  {envelope.recorded_at:%Y-%m-%d %H:%M}  {envelope.agency:<14} "
        f"{envelope.event_name:<26} {case.view.digest[:16]}{note}"
    )


async def _verify(home: Path, agency: str, case_id: str | None) -> int:
    directory = Directory.load(Layout(home).directory)
    checked = wrong = 0
    async with _store(home, agency) as store:
        for name in await _wanted(store, case_id):
            try:
                envelopes = await store.envelopes(name)
                troubles = [*_troubles(CaseFile.unopened(name), envelopes, directory)]
                troubles += _lost(envelopes, await store.head(name))
                checked += len(envelopes)
            except StoreError as error:
                troubles = [str(error)]
            wrong += len(troubles)
            for trouble in troubles:
                print(f"{name}  {trouble}", file=sys.stderr)
    print(f"{checked} events checked, {wrong} wrong")
    return 1 if wrong or not checked else 0


def _troubles(case: CaseFile, envelopes: list[Envelope], directory: Directory) -> Iterator[str]:
    for envelope in envelopes:
        try:
            directory.check(envelope)
            case.require_next(envelope)
        except EnvelopeError as error:
            yield f"version {envelope.version}  {error.reason}: {error}"
        case, _ = case.with_event(envelope, directory)


def _lost(envelopes: list[Envelope], head: Head | None) -> Iterator[str]:
    """The last events can go without breaking the chain: the head tells."""
    if head is not None and (envelopes[-1].hash if envelopes else GENESIS) != head.hash:
        yield f"version {head.version}  the chain does not end where the replica's head is"


async def _wanted(store: Store, case_id: str | None) -> list[str]:
    """The case that is asked for, if it is known, or all."""
    cases = await store.all_cases()
    return cases if case_id is None else [case for case in cases if case == case_id]


@asynccontextmanager
async def _store(home: Path, agency: str) -> AsyncIterator[Store]:
    """The agency's store; StoreError when it cannot be read."""
    layout = Layout(home)
    own = {name: value for name, value in os.environ.items() if name.startswith(("PERSISTENCE_MODULE", "POSTGRES_"))}
    store = open_store(BusSettings(agency, layout.home(agency), layout.directory, (), (), own).store_environment)
    try:
        yield store
    finally:
        await store.close()
