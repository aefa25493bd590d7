"""An empty replica and a full log: measures how fast a service takes the log in with all checks, and its memory.

The file has over 250 lines because preparing the log, replaying it and reading the result are one measurement.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, process_time
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import orjson

from benchmarks.floor import BrokerAddress
from benchmarks.processes import Child, Memory, cpu_seconds, memory
from benchmarks.services import until_position
from benchmarks.unsealed import Unsealed
from benchmarks.web import WebConnection
from bus.case.drafts import in_sections
from bus.envelope.envelope import CONTENT_TYPE, GENESIS, Draft, place
from bus.envelope.signing import Signer, verify
from bus.nats.log import STREAM
from bus.operator.provision import Layout
from bus.sealing.content import ContentKey
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from bus.settings import BusSettings
from bus.store import Transaction, open_store
from contracts.law.in_force import ruleset_in_force
from contracts.testing.canonical_cases import CANONICAL_CASE
from contracts.testing.example_ids import event_id
from contracts.vocabulary.parts import Part
from stafett.embedded.bus import Embedded

OPENER: Final = "ngo-fyren"
READER: Final = "police"
EVENTS_PER_CASE: Final = 10
_AGENCIES: Final = ("police", "migration", "municipality-0180", "ngo-fyren", "coordinator")
_CASE: Final = CANONICAL_CASE[:EVENTS_PER_CASE]
_OPEN_AT_ONCE: Final = 500
_UNACKNOWLEDGED: Final = 1000

Message = tuple[str, dict[str, str], bytes]


@dataclass(frozen=True)
class Replay:
    """The result of a replay.

    Attributes:
        events: the events that the service took in.
        seconds: how long that took.
        cpu: the processor time of that, in seconds.
        at_rest: the memory of the service before it.
        afterwards: the memory of the service after it.
        checks_per_second: bare checks of the same signatures, per second.
        checks_per_cpu_second: the same per second of processor time.
    """

    events: int
    seconds: float
    cpu: float
    at_rest: Memory
    afterwards: Memory
    checks_per_second: float
    checks_per_cpu_second: float

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.events / self.seconds

    @property
    def per_cpu(self) -> float:
        """Events per second of processor time."""
        return self.events / self.cpu


def measure(folder: Path, cases: int, *, sealed: bool) -> Replay:
    """Write a log of `cases` cases, and then let one agency's service take it in.

    `sealed`: True: the events are sealed, and the service has the keys of all cases.
    """
    bus = Embedded(folder, _AGENCIES) if sealed else Unsealed(folder, _AGENCIES)
    try:
        bus.prepare()
        _write_log(bus, cases, sealed)
        if sealed:
            asyncio.run(_hold_keys(bus.layout, cases))
        # Start the service first, so that its start is not measured. Start the broker, which syncs again, when the
        # service is at rest.
        bus.start_service(READER)
        child = Child(_watch, bus.url(READER), bus.token(READER, "caseworker"), bus.services[READER].pid, cases)
        child.answer()
        bus.start_broker()
        events, seconds, cpu, at_rest, afterwards = child.answer()
        child.end()
    finally:
        bus.stop()
    checks = Child(_check_signatures, bus.layout, cases)
    per_second, per_cpu_second = checks.answer()
    checks.end()
    return Replay(events, seconds, cpu, at_rest, afterwards, per_second, per_cpu_second)


def _write_log(bus: Embedded, cases: int, sealed: bool) -> None:
    """Write the log by a broker that does not sync at once, since the time to write it is not measured."""
    bus.broker.sync = "2m"
    try:
        bus.start_brokers()
        asyncio.run(_publish_all(BrokerAddress.of(bus), bus.layout, cases, sealed))
        bus.broker.stop()
    finally:
        bus.broker.sync = "always"


async def _hold_keys(layout: Layout, cases: int) -> None:
    """Put the keys of all cases into the reader's store, as if other agencies had granted them before."""
    settings = BusSettings(READER, layout.home(READER), layout.root, (), ())
    store = open_store(settings.store_environment)
    keyring = Keyring(store, Vault.load(settings.vault))
    transaction = Transaction()
    transaction.put_keys(keyring.wrapped(key, OPENER) for number in range(cases) for key in _keys(number).values())
    await store.write(transaction)
    await store.close()


def _case_id(number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"case {number}"))


def _keys(number: int) -> dict[Part, ContentKey]:
    """The keys of the parts of the case with this number. They follow from it, so the log and the store get the same.

    They are those of all parts that the case has details in: the reader opens everything.
    """
    return {part: _key(number, part) for part in {issued.event.part for issued in _CASE} | {Part.CORE}}


def _key(number: int, part: Part) -> ContentKey:
    return ContentKey.new(
        _case_id(number), part.compartment, lambda n: sha256(f"key {number} {part} of {n}".encode()).digest()[:n]
    )


async def _publish_all(address: BrokerAddress, layout: Layout, cases: int, sealed: bool) -> None:
    client = await address.connect()
    acknowledged = asyncio.Semaphore(_UNACKNOWLEDGED)

    async def take(_: object) -> None:
        acknowledged.release()

    inbox = client.new_inbox()
    await client.subscribe(inbox, cb=take)
    for subject, headers, data in _interleaved(layout, cases, sealed):
        await acknowledged.acquire()
        await client.publish(subject, data, reply=inbox, headers=headers)
    for _ in range(_UNACKNOWLEDGED):
        await acknowledged.acquire()
    stored = (await client.jetstream().stream_info(STREAM)).state.messages
    await client.close()
    if stored != cases * EVENTS_PER_CASE + len(_AGENCIES):  # one admission for each
        raise RuntimeError(f"the log has {stored} messages")


def _interleaved(layout: Layout, cases: int, sealed: bool) -> Iterator[Message]:
    """The events of the cases, in the order of many cases that are open at once."""
    groups = [range(first, min(first + _OPEN_AT_ONCE, cases)) for first in range(0, cases, _OPEN_AT_ONCE)]
    with ProcessPoolExecutor(2, get_context("forkserver")) as pool:
        for group in pool.map(partial(_written, layout, sealed), groups):
            yield from (case[place] for place in range(EVENTS_PER_CASE) for case in group)


def _signers(layout: Layout) -> list[Signer]:
    return [Signer.load(agency, layout.home(agency) / "signing.pem") for agency in _AGENCIES]


def _written(layout: Layout, sealed: bool, numbers: Sequence[int]) -> list[list[Message]]:
    signers = {signer.agency: signer for signer in _signers(layout)}
    return [_written_case(signers, number, _keys(number) if sealed else None) for number in numbers]


def _written_case(signers: dict[str, Signer], number: int, keys: dict[Part, ContentKey] | None) -> list[Message]:
    """The first events of the canonical case with ids of this case, each signed by its agency, chained, and sealed in
    sections if there are keys.
    """
    case_id = _case_id(number)
    previous = GENESIS
    messages = []
    for version, issued in enumerate(_CASE, 1):
        own_id = _own(event_id(version), number)
        data = _own(issued.event.model_dump_json(), number).encode()
        recorded_at = datetime.now(UTC)
        draft = Draft(
            event_id=own_id,
            case_id=case_id,
            type=issued.event.type_name(),
            schema_uri=issued.event.schema_uri(),
            data=data,
            content_type=CONTENT_TYPE,
            ruleset=ruleset_in_force(issued.event.occurred_on, recorded_at).id,
            recorded_at=recorded_at,
            correlation_id=own_id,
            causation_id=own_id,
        )
        if keys is not None:
            event = type(issued.event).model_validate_json(data)
            draft = in_sections(keys[Part.CORE], keys[event.part], draft, event, issued.by.agency)
        envelope = place(draft, version=version, previous=previous, signer=signers[issued.by.agency])
        messages.append((envelope.subject, dict(envelope.headers), envelope.data))
        previous = envelope.hash
    return messages


def _own(text: str, number: int) -> str:
    """The text with the ids of the case with this number, instead of those of the canonical case."""
    return text.replace("018e0a00-0000-7000", f"{number:08x}-0000-7000")


async def _watch(pipe: Connection, url: str, token: str, pid: int, cases: int) -> None:
    """Wait until the service is up, and then measure how it takes the log in."""
    connection = await _connected(url, token)
    await asyncio.sleep(1)
    at_rest = memory(pid)
    pipe.send("at rest")
    first = await until_position(connection, 1, every=0.01)
    begun, cpu = monotonic(), cpu_seconds(pid)
    last = await until_position(connection, cases * EVENTS_PER_CASE + len(_AGENCIES), every=0.05)
    seconds, used = monotonic() - begun, cpu_seconds(pid) - cpu
    _, metrics = await connection.get("/metrics")
    for outcome, count in (("accepted", last), ("set_aside", 0)):
        if f'stafett_events_total{{outcome="{outcome}"}} {float(count)}'.encode() not in metrics:
            raise RuntimeError("some events were not accepted, or had no effect")
    if orjson.loads((await connection.get(f"/v1/cases/{_case_id(cases - 1)}"))[1])["version"] != EVENTS_PER_CASE:
        raise RuntimeError("a case was not read to its end")
    pipe.send((last - first, seconds, used, at_rest, memory(pid)))


async def _connected(url: str, token: str) -> WebConnection:
    async with asyncio.timeout(30):
        while True:
            try:
                return await WebConnection.open(url, token)
            except OSError:
                await asyncio.sleep(0.05)


async def _check_signatures(pipe: Connection, layout: Layout, cases: int) -> None:
    """Measure the bare check of the same signatures, one after the other."""
    public_keys = {signer.key_id: signer.public for signer in _signers(layout)}
    settings = BusSettings(READER, layout.home(READER), layout.root, (), ())
    store = open_store(settings.store_environment)
    checks = []
    for case_id in await store.all_cases():
        for envelope in await store.envelopes(case_id):
            checks.append((public_keys[envelope.key_id], envelope.signature, envelope.signed_bytes()))
    await store.close()
    begun, cpu = time.perf_counter(), process_time()
    if not all(verify(*check) for check in checks) or len(checks) != cases * EVENTS_PER_CASE:
        raise RuntimeError("a signature does not hold")
    pipe.send((len(checks) / (time.perf_counter() - begun), len(checks) / (process_time() - cpu)))
