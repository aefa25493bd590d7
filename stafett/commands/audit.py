"""An auditor's tools over one agency's store: fold every case again, and check every envelope again."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

from bus.case.case_replica import CaseReplica, Chain
from bus.directory.directory import DIRECTORY_ID, Directory
from bus.envelope.envelope import Envelope
from bus.envelope.signing import read_public
from bus.errors import EnvelopeError, StoreError
from bus.replica.stored import fold_stored
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from bus.store import Head, Store
from stafett.commands.home import directory_in, opened, settings_at
from stafett.commands.replaying import Options, replay_case

_AT_ONCE: Final = 1000


def replay(
    home: Path | None, agency: str, case_id: str | None, options: Options | None = None, *, as_json: bool = False
) -> int:
    """Fold the cases from their first events, and print the version and the digest of each; or the past of one case.

    Returns 1 when there is none, 2 when it cannot be replayed so.

    Args:
        home: the folder of `stafett up`; None: see `stafett.commands.home.settings_at`.
        agency: the agency whose store is read.
        case_id: the case whose past is printed; None: all cases.
        options: at which moment, as whom, in which language.
        as_json: print JSON: an object in each line, or for one case a `bus.replay.account.Replay` or `Difference`.
    """
    if case_id is not None:
        return asyncio.run(replay_case(home, agency, case_id, options or Options(), as_json=as_json))
    return asyncio.run(_replay(home, agency, as_json=as_json))


def verify(home: Path | None, agency: str, case_id: str | None, *, as_json: bool = False) -> int:
    """Check envelope, signature, duty and chain of every event; print what is wrong.

    Returns 0 when nothing is wrong; 1 when something is, or when there is no event. `as_json`: print the counts as a
    JSON object.
    """
    return asyncio.run(_verify(home, agency, case_id, as_json=as_json))


async def _replay(home: Path | None, agency: str, *, as_json: bool) -> int:
    settings = settings_at(home, agency)
    async with opened(settings) as store:
        directory = await directory_in(store, settings)
        keyring = Keyring(store, Vault.load(settings.vault, settings.secrets))
        names = await store.all_cases()
        for name in names:
            case = CaseReplica.unopened(name, await keyring.of(name), await store.erased(name), agency)
            async for held in fold_stored(case, await store.envelopes(name), directory):
                case = held.case
            _print(case, as_json=as_json)
    return 0 if names else 1


def _print(case: CaseReplica, *, as_json: bool) -> None:
    """Print a case that the store opens; of another one, that it does not: its digest would be another one."""
    version, digest = case.chain.version, None if case.unreadable else case.view.digest
    if as_json:
        print(json.dumps({"case": case.case_id, "version": version, "digest": digest}))
    else:
        told = f"digest {digest}" if digest else f"cannot be opened from version {case.state.version + 1}"
        print(f"{case.case_id}  version {version}  {told}")


async def _verify(home: Path | None, agency: str, case_id: str | None, *, as_json: bool) -> int:
    checked = wrong = 0
    settings = settings_at(home, agency)
    async with opened(settings) as store:
        wanted = {*await _wanted(store, case_id), DIRECTORY_ID}
        check = _Check(Directory.trusting(read_public(settings.root)))
        place = 0
        while events := await store.accepted(place, _AT_ONCE):
            for _, name, event in events:
                trouble = check.next(name, event)
                if name in wanted:
                    checked += name != DIRECTORY_ID
                    wrong += _report(name, trouble)
            place = events[-1][0]
        for name in wanted:
            wrong += _report(name, check.lost(name, await store.head(name)))
    print(json.dumps({"checked": checked, "wrong": wrong}) if as_json else f"{checked} events checked, {wrong} wrong")
    return 1 if wrong or not checked else 0


def _report(name: str, trouble: str | None) -> bool:
    if trouble is not None:
        print(f"{name}  {trouble}", file=sys.stderr)
    return trouble is not None


class _Check:
    """Checks accepted events in the order of the log, each by the directory at its place in the log."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._chains: dict[str, Chain] = {}

    def next(self, name: str, event: Envelope | StoreError) -> str | None:
        """The fault of the next event in plain words; None when it has none."""
        if isinstance(event, StoreError):
            return str(event)
        chain, trouble = self._chains.get(name) or Chain(), None
        try:
            self._directory.require_chain(event)
            self._directory.believe(event, authentic=False)
            chain.require_next(event)
        except EnvelopeError as error:
            trouble = f"version {event.version}  {error.reason}: {error}"
        if name == DIRECTORY_ID and trouble is None:
            self._directory, _ = self._directory.after(event)
        self._chains[name] = chain.extended(event, 0)
        return trouble

    def lost(self, name: str, head: Head | None) -> str | None:
        """The fault when the last events of a case are missing, or None.

        Their loss does not break the chain, so this compares the end of the chain with the replica's head.
        """
        chain = self._chains.get(name) or Chain()
        if head is None or chain.hash == head.hash:
            return None
        return f"version {head.version}  the chain does not end where the replica's head is"


async def _wanted(store: Store, case_id: str | None) -> list[str]:
    """The ids of all cases; or only this one, if the store has it."""
    cases = await store.all_cases()
    return cases if case_id is None else [case for case in cases if case == case_id]
