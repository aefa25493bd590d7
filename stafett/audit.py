"""An auditor's tools over one agency's store: fold every case again, and check every envelope again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bus.case_file import CaseFile
from bus.directory import Directory
from bus.envelope import Envelope
from bus.errors import EnvelopeError
from bus.provision import Layout
from bus.settings import BusSettings
from bus.store import Store, open_store


def replay(home: Path, agency: str, case_id: str | None) -> int:
    """Fold the cases from their first event; print version and digest of each. 1 when there is none."""
    return asyncio.run(_replay(home, agency, case_id))


def verify(home: Path, agency: str, case_id: str | None) -> int:
    """Check envelope, signature, duty and chain of every event; print what is wrong. 0 when nothing is."""
    return asyncio.run(_verify(home, agency, case_id))


async def _replay(home: Path, agency: str, case_id: str | None) -> int:
    directory = Directory.load(Layout(home).directory)
    count = 0
    async for name, envelopes in _cases(home, agency, case_id):
        case = CaseFile.unopened(name)
        for envelope in envelopes:
            case, aside = case.with_event(envelope, directory)
            note = f"  set aside: {aside.reason} {aside.detail}" if aside else ""
            if case_id is not None:
                print(
                    f"{envelope.version:>5}  {envelope.recorded_at:%Y-%m-%d %H:%M}  {envelope.agency:<14} "
                    f"{envelope.event_name:<26} {case.view.digest[:16]}{note}"
                )
        print(f"{name}  version {case.version}  digest {case.view.digest}")
        count += 1
    return 0 if count else 1


async def _verify(home: Path, agency: str, case_id: str | None) -> int:
    directory = Directory.load(Layout(home).directory)
    checked = wrong = 0
    async for name, envelopes in _cases(home, agency, case_id):
        case = CaseFile.unopened(name)
        for envelope in envelopes:
            checked += 1
            try:
                directory.check(envelope)
                case.require_next(envelope)
            except EnvelopeError as error:
                wrong += 1
                print(f"{name}  version {envelope.version}  {error.reason}: {error}", file=sys.stderr)
            case, _ = case.with_event(envelope, directory)
    print(f"{checked} events checked, {wrong} wrong")
    return 1 if wrong or not checked else 0


async def _cases(home: Path, agency: str, case_id: str | None) -> AsyncIterator[tuple[str, list[Envelope]]]:
    """The wanted cases with their events, from the agency's store; StoreError when it cannot be read."""
    layout = Layout(home)
    own = {name: value for name, value in os.environ.items() if name.startswith(("PERSISTENCE_MODULE", "POSTGRES_"))}
    settings = BusSettings(agency, layout.home(agency), layout.directory, (), (), own)
    store: Store = open_store(settings.store_environment)
    try:
        for name in [case_id] if case_id is not None else await store.all_cases():
            envelopes = await store.envelopes(name)
            if envelopes:
                yield name, envelopes
    finally:
        await store.close()
