"""What the root key says in the directory: appended to the log, and kept in a file beside.

The file gives a log that lost its beginning the same one back: another beginning would make replicas give up all that
the directory said since. An event that is on its way is kept in another, so what a crash cut short is finished later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from bus.broker.provision import Layout
from bus.envelope import GENESIS, Draft, Envelope, parse, place
from bus.errors import BrokerAwayError, EnvelopeError
from bus.log import Appended, Log
from bus.members.directory import DIRECTORY_ID, Directory
from bus.sealing.key_files import sync
from bus.signing import Signer, read_public
from contracts.agencies import COORDINATOR
from contracts.case import ruleset_in_force
from contracts.directory import DirectoryEvent

_ATTEMPTS: Final = 5
_CONNECTED_WITHIN: Final = 30.0

Wanted = Callable[[Directory], Iterable[DirectoryEvent]]
"""What is to be said, given what the directory says already; asked again whenever somebody else wrote first."""


class LogLacksError(BrokerAwayError):
    """The log lost some of the directory. The operator runs the command again when the national coordinator's service
    is ready, which has put back the rest by then.
    """


@dataclass(frozen=True)
class Chain:
    """The directory's chain as every replica takes it from the log; `sequence`: of its last message, valid or not."""

    directory: Directory
    sequence: int = 0
    hashes: tuple[str, ...] = field(default=(), repr=False)

    @property
    def version(self) -> int:
        """Of the last event."""
        return len(self.hashes)

    @property
    def head(self) -> str:
        """The hash of the last event."""
        return self.hashes[-1] if self.hashes else GENESIS

    def holds(self, envelope: Envelope) -> bool:
        """Whether the envelope is part of the chain."""
        return envelope.version <= self.version and self.hashes[envelope.version - 1] == envelope.hash

    def fits(self, envelope: Envelope) -> bool:
        """Whether the envelope is the chain's next."""
        return (envelope.version, envelope.previous) == (self.version + 1, self.head)

    def contradicts(self, envelope: Envelope) -> bool:
        """Whether the chain has another event in the envelope's place, or in that of the one before."""
        if envelope.version <= self.version:
            return not self.holds(envelope)
        return envelope.version == self.version + 1 and not self.fits(envelope)

    def after(self, envelope: Envelope, sequence: int) -> Chain:
        """The chain with its next event."""
        directory, _ = self.directory.after(envelope)
        return Chain(directory, sequence, (*self.hashes, envelope.hash))

    def next(self, event: DirectoryEvent, root: Signer, now: datetime, event_id: str) -> Envelope:
        """The event as the chain's next, signed by the root key."""
        draft = Draft(
            event_id=event_id,
            case_id=DIRECTORY_ID,
            type=event.type_name(),
            schema_uri=event.schema_uri(),
            data=event.model_dump_json().encode(),
            ruleset=ruleset_in_force(event.occurred_on).id,
            recorded_at=now,
            correlation_id=event_id,
            causation_id=event_id,
        )
        return place(draft, version=self.version + 1, previous=self.head, signer=root)


@asynccontextmanager
async def as_administrator(servers: Iterable[str], layout: Layout) -> AsyncIterator[Log]:
    """The log as the operator reaches it. BrokerAwayError when no broker is there in time."""
    log = Log("administrator", tuple(servers), str(layout.administrator), layout.tls)
    log.open()
    try:
        try:
            async with asyncio.timeout(_CONNECTED_WITHIN):
                await log.connected.wait()
        except TimeoutError:
            raise BrokerAwayError(log.away) from None
        yield log
    finally:
        await log.close()


async def say(
    log: Log, layout: Layout, wanted: Wanted, *, now: Callable[[], datetime], new_id: Callable[[], str]
) -> Chain:
    """Have the directory say what is wanted of it; the chain after that.

    Raises BrokerAwayError when it is not known to be in the log: run again, nothing is said twice. LogLacksError: other
    things must come back first. StoreError: the root key is not at hand.
    """
    root = Signer.load(COORDINATOR, layout.root_key)
    for _ in range(_ATTEMPTS):
        chain = await _read(log, layout)
        lost = _lost(layout, chain)
        if lost:
            await _put_back(log, chain, lost)
            raise LogLacksError("the log had lost some of the directory; what the root key said of it is put back")
        unfinished = await _finish(log, layout, chain)
        said = None if unfinished else await _say(log, layout, chain, wanted, root, now, new_id)
        if said is not None:
            return said
    raise BrokerAwayError("others keep changing the directory")


async def _say(
    log: Log,
    layout: Layout,
    chain: Chain,
    wanted: Wanted,
    root: Signer,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Chain | None:
    """The chain with what was wanted; None when somebody else wrote meanwhile, and it must be looked at again."""
    for event in wanted(chain.directory):
        sent = await _send(log, layout, chain, chain.next(event, root, now(), new_id()))
        if sent is None:
            return None
        chain = sent
    return chain


async def _send(log: Log, layout: Layout, chain: Chain, envelope: Envelope) -> Chain | None:
    """The chain with the envelope, or None when it is not known to be in the log."""
    _keep(_begun(layout), [envelope])
    return await _sent(log, layout, chain, envelope)


async def _sent(log: Log, layout: Layout, chain: Chain, envelope: Envelope) -> Chain | None:
    appended = await log.append(envelope, chain.sequence)
    if not isinstance(appended, Appended):
        return None
    _remember(layout, envelope)
    _begun(layout).unlink()
    return chain.after(envelope, appended.sequence)


async def _finish(log: Log, layout: Layout, chain: Chain) -> bool:
    """See through what a crash or a silent broker left on its way; whether the log has to be looked at again."""
    for envelope in _kept(_begun(layout)):
        if chain.holds(envelope):
            _remember(layout, envelope)
        elif chain.fits(envelope):
            await _sent(log, layout, chain, envelope)
            return True
        _begun(layout).unlink()  # it arrived, or somebody else was first
    return False


async def _put_back(log: Log, chain: Chain, lost: Iterable[Envelope]) -> None:
    """What came between is for the coordinator's service to put back; nothing may be added before that."""
    for envelope in lost:
        if not chain.fits(envelope):
            return
        appended = await log.append(envelope, chain.sequence)
        if not isinstance(appended, Appended):
            return
        chain = chain.after(envelope, appended.sequence)


async def _read(log: Log, layout: Layout) -> Chain:
    chain = Chain(Directory.trusting(read_public(layout.root)))
    async for message in log.chain(DIRECTORY_ID):
        try:
            envelope = parse(message.headers, message.data)
            chain.directory.require_chain(envelope)
            chain.directory.believe(envelope, authentic=False)
            accepted = chain.fits(envelope)
        except EnvelopeError:
            accepted = False
        if accepted:
            chain = chain.after(envelope, message.sequence)
        else:
            chain = Chain(chain.directory, message.sequence, chain.hashes)
    return chain


def _lost(layout: Layout, chain: Chain) -> list[Envelope]:
    """What stood in the log and stands past the end of its chain now.

    What contradicts the chain, or follows what does, was given up by all: it is kept no longer, lest it be put back.
    """
    kept, given_up = _kept(layout.founded), set[str]()
    for envelope in kept:
        if chain.contradicts(envelope) or envelope.previous in given_up:
            given_up.add(envelope.hash)
    if given_up:
        kept = [envelope for envelope in kept if envelope.hash not in given_up]
        _keep(layout.founded, kept)
    return [envelope for envelope in kept if envelope.version > chain.version]


def _begun(layout: Layout) -> Path:
    """The file with the event that is on its way."""
    return layout.founded.with_suffix(".begun")


def _remember(layout: Layout, envelope: Envelope) -> None:
    kept = _kept(layout.founded)
    if envelope not in kept:
        _keep(layout.founded, [*kept, envelope])


def _kept(path: Path) -> list[Envelope]:
    return list(map(Envelope.from_bytes, path.read_bytes().splitlines())) if path.exists() else []


def _keep(path: Path, envelopes: Iterable[Envelope]) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(b"".join(envelope.to_json() + b"\n" for envelope in envelopes))
    sync(partial)
    partial.replace(path)
    sync(path.parent)
