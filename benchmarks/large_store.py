"""Writes a store that looks like an agency's store after years of work, through the store's own write path.

`python -m benchmarks.large_store FOLDER [CASES]` provisions a folder and fills the store of the national coordinator,
which takes part in every case. Every event is signed, chained, sealed and lawful, as in a real store; the rules do not
judge it again.
"""

from __future__ import annotations

import asyncio
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from multiprocessing import get_context
from os import urandom
from pathlib import Path
from typing import Final, cast
from uuid import NAMESPACE_URL, uuid4, uuid5

import orjson

from benchmarks.histories import AGENCIES, COORDINATOR, history
from bus.case.case_keys import CaseKeys
from bus.case.case_replica import CaseReplica
from bus.decider import decider_of
from bus.directory.directory import DIRECTORY_ID, Directory
from bus.envelope.envelope import CONTENT_TYPE, SEALED_TYPE, Draft, Envelope, place
from bus.envelope.signing import Signer, read_public
from bus.operator.bootstrap import lacking
from bus.operator.provision import Layout, provision
from bus.read_models import tasks
from bus.read_models.case_state import place_in_log
from bus.read_models.changes import changes
from bus.read_models.index_key import COMPARTMENT, IndexKey
from bus.read_models.read_models import ReadModels
from bus.replica.replica import fingerprint
from bus.sealing.content import ContentKey, pad
from bus.sealing.keyring import CASE, Keyring
from bus.sealing.vault import Vault
from bus.settings import BusSettings
from bus.store import Head, Position, SealedTask, Store, Transaction, open_store
from contracts.calendar.days import swedish_day
from contracts.event.case_event import Provenance
from contracts.law.decider import evolve
from contracts.law.in_force import ruleset_in_force
from contracts.vocabulary.agencies import kind_named_by
from services import mandate_of

AGENCY: Final = COORDINATOR
"""The agency whose store is filled."""

_AT_ONCE: Final = 100
_AHEAD: Final = 4
_SEQUENCES_EACH: Final = 32
_AFTER: Final = timedelta(minutes=1)
"""The time from a fact to the recording of its event."""


def case_id(number: int) -> str:
    """The id of the case with this number."""
    return str(uuid5(NAMESPACE_URL, f"large store, case {number}"))


@dataclass(frozen=True)
class _Writer:
    """Writes cases in a process of its own, from these values alone."""

    layout: Layout
    now: datetime
    index: tuple[str, bytes] | None
    """The id and the secret of the index key; None: without read models."""

    def cases(self, numbers: range) -> tuple[Transaction, int]:
        """These cases as one transaction of the store, and the running digest of their heads."""
        signers = {agency: Signer.load(agency, self.layout.home(agency) / "signing.pem") for agency in AGENCIES}
        vault, no_store = Vault.load(self.layout.home(AGENCY) / "vault.key"), cast(Store, None)
        keyring, batch, heads = Keyring(no_store, vault), Transaction(durable=False), list[Head]()
        index = None if self.index is None else IndexKey(ContentKey(DIRECTORY_ID, COMPARTMENT, *self.index))
        for number in numbers:
            case, chain = _written(number, signers, self.now)
            batch.put_keys([keyring.wrapped(case.keys.held[0], AGENCY)])
            heads.append(case.head(AGENCY))
            for envelope in chain:
                batch.accept(envelope, number * _SEQUENCES_EACH + envelope.version)
            if number % 4 == 0:
                self._ask_for_something(batch, case, index)
            if index is not None:
                before = CaseReplica.unopened(case.case_id)
                at = place_in_log(1, case.chain.sequence)
                batch.extend(changes(AGENCY, index, before, case, chain[-1], at, token="0" * 16))
        batch.put_heads(heads)
        return batch, fingerprint(heads)

    def _ask_for_something(self, batch: Transaction, case: CaseReplica, index: IndexKey | None) -> None:
        """Add a caseworker's task in the case, due on some day."""
        key, task_id = case.keys.held[0], str(uuid4())
        due = (self.now.date() + timedelta(days=case.chain.sequence // _SEQUENCES_EACH % 200 - 20)).isoformat()
        content = orjson.dumps({"text_en": "Call the shelter.", "text_sv": "Ring boendet.", "due": due})
        batch.put_tasks([SealedTask(task_id, key.case_id, _jwe(key, content, AGENCY, task_id))])
        if index is not None:
            batch.extend(tasks.asked(index, task_id, due))


def _written(number: int, signers: dict[str, Signer], now: datetime) -> tuple[CaseReplica, list[Envelope]]:
    """The case with this number after its last event, and the envelopes of its chain."""
    name = case_id(number)
    digest = sha256(name.encode()).digest()
    key = ContentKey.new(name, CASE, lambda n: digest[:n])
    case, chain, decider = CaseReplica.unopened(name), list[Envelope](), decider_of(name)
    for by, event_id, event in history(number, now):
        kind, recorded_at = kind_named_by(by), event.occurred_at + _AFTER
        assert kind is not None
        draft = Draft(
            event_id=event_id,
            case_id=name,
            type=event.type_name(),
            schema_uri=event.schema_uri(),
            data=_jwe(key, event.model_dump_json().encode(), by, event_id),
            content_type=SEALED_TYPE if event.sealed else CONTENT_TYPE,
            ruleset=ruleset_in_force(swedish_day(event.occurred_at), recorded_at).id,
            recorded_at=recorded_at,
            correlation_id=event_id,
            causation_id=event_id,
        )
        envelope = place(draft, version=case.chain.version + 1, previous=case.chain.hash, signer=signers[by])
        view = evolve(case.view, event, Provenance(event_id, by, kind, recorded_at))
        case = replace(
            case,
            chain=case.chain.extended(envelope, number * _SEQUENCES_EACH + envelope.version),
            view=view,
            progress=decider.progress(case.progress, envelope),
        )
        chain.append(envelope)
    keys = CaseKeys((key,), (key,), key, chain[0].recorded_at)
    return replace(case, keys=keys), chain


def _jwe(key: ContentKey, content: bytes, agency: str, id: str) -> bytes:
    """The same form of result as `seal`, without the library that takes most of the time of `seal`."""
    header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid, "iss": agency, "sub": id}
    protected, nonce = _encoded(orjson.dumps(header)), urandom(12)
    closed = key._cipher.encrypt(nonce, pad(content), protected)
    return b".".join((protected, b"", _encoded(nonce), _encoded(closed[:-16]), _encoded(closed[-16:])))


def _encoded(part: bytes) -> bytes:
    return urlsafe_b64encode(part).rstrip(b"=")


async def fill(folder: Path, cases: int, *, now: datetime | None = None, listed: bool = True) -> Layout:
    """Provision a folder, and fill the store of the agency.

    Args:
        folder: the folder.
        cases: the number of cases.
        now: the moment until which the cases have run (UTC); None: the present.
        listed: True: with read models, as a service keeps them; False: like a store from before there were any.
    """
    present = now or datetime.now(UTC)
    layout = provision(folder, {agency: mandate_of(agency) for agency in AGENCIES}, present)
    settings = BusSettings(AGENCY, layout.home(AGENCY), layout.root, (), ())
    store = open_store(settings.store_environment)
    try:
        read_models = ReadModels(AGENCY, store, Keyring(store, Vault.load(settings.vault)))
        if listed:
            await read_models.start()
        mark = await _found(store, layout, present)
        index = read_models.index.key
        writer = _Writer(layout, present, (index.kid, index.secret) if listed else None)
        with closing(_batches(writer, cases)) as batches:
            for batch, part in batches:
                await store.write(batch)
                mark ^= part
        last = Transaction()
        last.put_position(Position(1, cases * _SEQUENCES_EACH, "0" * 64, f"{mark:x}"))
        await store.write(last)
    finally:
        await store.close()
    return layout


async def _found(store: Store, layout: Layout, now: datetime) -> int:
    """Write the directory with which a bus begins; returns the running digest of its head."""
    mandates = {agency: mandate_of(agency) for agency in AGENCIES}
    directory, batch, heads = Directory.trusting(read_public(layout.root)), Transaction(), list[Head]()
    for envelope in lacking(directory, layout, mandates, now=lambda: now, new_id=lambda: str(uuid4())):
        batch.accept(envelope, envelope.version)
        heads = [Head(DIRECTORY_ID, envelope.version, envelope.hash, envelope.version, False)]
    batch.put_heads(heads)
    await store.write(batch)
    return fingerprint(heads)


def _batches(writer: _Writer, cases: int) -> Generator[tuple[Transaction, int], None, None]:
    """The cases in batches. Processes on every core write them, and stay a few batches ahead of the consumer."""
    parts = iter([range(first, min(first + _AT_ONCE, cases)) for first in range(0, cases, _AT_ONCE)])
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        ahead: list[Future[tuple[Transaction, int]]] = []
        while True:
            while len(ahead) < _AHEAD and (part := next(parts, None)) is not None:
                ahead.append(pool.submit(writer.cases, part))
            if not ahead:
                return
            yield ahead.pop(0).result()


def main(arguments: list[str]) -> int:
    """Fill a folder, and print the time that it took."""
    folder, cases = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 10_000
    begun = time.monotonic()
    asyncio.run(fill(folder, cases))
    size = sum(path.stat().st_size for path in folder.rglob("store.db*"))
    print(f"{cases:,} cases in {time.monotonic() - begun:.0f} s, {size / cases:,.0f} bytes each")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
