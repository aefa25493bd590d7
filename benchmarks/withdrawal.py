"""Measures how soon after a withdrawal every agency is refused the personal details that it read, and destroys its key.

Each agency is a node in a process of its own. The time begins when the opener's node is handed the withdrawal.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any, Final

from pydantic_core import to_json

from benchmarks.processes import Child
from bus.errors import BrokerAwayError, RefusedError, UnknownCaseError
from bus.node import Node
from bus.privacy.personal_records import Reader
from bus.replica.replica import Committed
from bus.settings import BusSettings
from bus.store import OutboxStatus
from bus.submission.submission import Submission
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.event.case_event import CaseEvent
from contracts.privacy.record_forms import Identity
from contracts.vocabulary.agencies import Role
from contracts.vocabulary.choices import DataClass, Purpose
from services import mandate_of
from stafett.embedded.bus import Embedded
from stafett.injected import new_id, now

_OPENER: Final = "ngo"
_READERS: Final = ("police", "migration", "municipality")
_SOMEBODY: Final = Reader(Role.CASEWORKER, "3f9c2a7be01d4c55")
_IDENTITY: Final = Identity(given_names="Example", date_of_birth=date(1999, 1, 2))


@dataclass(frozen=True)
class Effect:
    """The seconds from handing the withdrawal in until the last agency is refused, and until none has a key left."""

    refused: float
    destroyed: float


def measure(folder: Path, repetitions: int) -> list[Effect]:
    """Measure `repetitions` cases, one after the other: three agencies read personal details, and the consent ends."""
    bus = Embedded(folder, (_OPENER, *_READERS, "coordinator"))
    try:
        bus.prepare()
        bus.start_brokers()
        nodes = {agency: Child(_run, _settings(bus, agency)) for agency in (_OPENER, *_READERS)}
        for node in nodes.values():
            node.answer()
        effects = [_withdraw_once(nodes) for _ in range(repetitions)]
        for node in nodes.values():
            node.tell(("stop",))
            node.end()
        return effects
    finally:
        bus.stop()


def _settings(bus: Embedded, agency: str) -> BusSettings:
    layout = bus.layout
    return BusSettings(agency, layout.home(agency), layout.root, (bus.broker.url,), (bus.broker.monitor,))


def _withdraw_once(nodes: dict[str, Child]) -> Effect:
    opener, readers = nodes[_OPENER], [nodes[agency] for agency in _READERS]
    opener.tell(("share",))
    case_id, consent_id, offers = opener.answer()
    for agency, reader in zip(_READERS, readers, strict=True):
        reader.tell(("accept", case_id, offers[agency]))
    for reader in readers:
        reader.answer()
    opener.tell(("record", case_id))
    opener.answer()
    for reader in readers:
        reader.tell(("read then wait", case_id))
    for reader in readers:
        reader.answer()
    opener.tell(("withdraw", case_id, consent_id))
    sent = opener.answer()
    effects = [reader.answer() for reader in readers]
    last = max(refused for refused, _ in effects), max(gone for _, gone in effects)
    return Effect(*(moment - sent for moment in last))


async def _run(pipe: Connection, settings: BusSettings) -> None:
    """Run one agency's node, and carry out the commands that arrive on the pipe."""
    node = Node(settings, mandate_of(settings.agency), now=now, new_id=new_id)
    await node.start()
    await _until(lambda: _is_ready(node))
    pipe.send("ready")
    does: dict[str, Callable[..., Awaitable[None]]] = {
        "share": _share,
        "accept": _accept,
        "record": _record,
        "read then wait": _read_then_wait,
        "withdraw": _withdraw,
    }
    told = _told(pipe)
    while (command := await told.get())[0] != "stop":
        await does[command[0]](pipe, node, *command[1:])
    await node.stop()


def _told(pipe: Connection) -> asyncio.Queue[tuple[Any, ...]]:
    """A queue of the commands on the pipe. A thread reads the pipe, so that it does not block the node."""
    commands: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def listen() -> None:
        while True:
            command = pipe.recv()
            loop.call_soon_threadsafe(commands.put_nowait, command)
            if command[0] == "stop":
                return

    threading.Thread(target=listen, daemon=True).start()
    return commands


async def _share(pipe: Connection, node: Node) -> None:
    case_id = (await _issue(node, VictimDetected)).case_id
    today = datetime.now(UTC)
    consent = await _issue(
        node,
        ConsentGiven,
        case_id,
        recipients=_READERS,
        purposes=["support"],
        data_classes=["identity"],
        valid_until=(today + timedelta(days=30)).date().isoformat(),
    )
    until = (today + timedelta(days=2)).isoformat()
    offers = {
        agency: (
            await _issue(node, CaseReferred, case_id, recipient=agency, purposes=["support"], respond_by=until)
        ).event_id
        for agency in _READERS
    }
    pipe.send((case_id, consent.event_id, offers))


async def _accept(pipe: Connection, node: Node, case_id: str, offer_id: str) -> None:
    async def offered() -> bool:
        view = (await node.replica.case(case_id)).view
        return any(offer.id == offer_id for offer in view.offers)

    await _until(offered)
    await _issue(node, ReferralAccepted, case_id, offer_id=offer_id)
    pipe.send("accepted")


async def _record(pipe: Connection, node: Node, case_id: str) -> None:
    await _until(lambda: _all_have_accepted(node, case_id))
    pipe.send((await node.personal.record(case_id, _IDENTITY)).event_id)


async def _all_have_accepted(node: Node, case_id: str) -> bool:
    view = (await node.replica.case(case_id)).view
    return bool(sum(offer.state == "accepted" for offer in view.offers) == len(_READERS))


async def _read_then_wait(pipe: Connection, node: Node, case_id: str) -> None:
    """Read the record. From the withdrawal on, note when a reading is refused and when the key is destroyed."""

    async def reads() -> bool:
        return await _content(node, case_id) == [_IDENTITY]

    await _until(reads)
    with _withdrawn(node, case_id) as withdrawn:
        pipe.send("read")
        await withdrawn.wait()
    await _until(lambda: _is_refused(node, case_id))
    refused = monotonic()
    await _until(lambda: _has_no_key(node, case_id))
    pipe.send((refused, monotonic()))


async def _content(node: Node, case_id: str) -> list[object]:
    try:
        _, found = await node.personal.read(case_id, (DataClass.IDENTITY,), Purpose.SUPPORT, _SOMEBODY)
    except (RefusedError, BrokerAwayError, UnknownCaseError):
        return []
    return [each.content for each in found]


@contextmanager
def _withdrawn(node: Node, case_id: str) -> Iterator[asyncio.Event]:
    """An event that is set when this node commits the withdrawal in this case."""
    committed = asyncio.Event()

    def take_note(event: Committed) -> None:
        if (event.envelope.case_id, event.envelope.event_name) == (case_id, ConsentWithdrawn.__name__):
            committed.set()

    end = node.replica.listen(take_note)
    try:
        yield committed
    finally:
        end()


async def _is_refused(node: Node, case_id: str) -> bool:
    try:
        await node.personal.read(case_id, (DataClass.IDENTITY,), Purpose.SUPPORT, _SOMEBODY)
    except (RefusedError, UnknownCaseError):
        return True
    return False


async def _has_no_key(node: Node, case_id: str) -> bool:
    return not await node.keyring.of(case_id, DataClass.IDENTITY)


async def _withdraw(pipe: Connection, node: Node, case_id: str, consent_id: str) -> None:
    sent = monotonic()
    await _issue(node, ConsentWithdrawn, case_id, consent_id=consent_id, recipients=[])
    pipe.send(sent)


async def _issue(node: Node, event: type[CaseEvent], case_id: str | None = None, **facts: Any) -> Any:
    content = {**event.example, **facts, "occurred_at": now().isoformat()}
    receipt = await node.submit(Submission(event.model_validate_json(to_json(content)), case_id=case_id))
    if receipt.status is not OutboxStatus.DELIVERED:
        raise RuntimeError(f"{event.__name__} is {receipt.status}")
    return receipt


async def _is_ready(node: Node) -> bool:
    return node.health().ready


async def _until(condition: Callable[[], Awaitable[bool]], within: float = 30) -> None:
    async with asyncio.timeout(within):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.001)
