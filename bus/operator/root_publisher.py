"""The root key's events in the directory: we append them to the log, and keep a copy in a file.

If the log loses them, we append the same bytes again. Other events in their place would invalidate the rest of the
directory in all replicas. A second file holds the event that is being appended, so that the next run can finish it
after a crash.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Final

from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.envelope.signing import Signer, read_public
from bus.errors import BrokerAwayError
from bus.nats.log import Appended, Log
from bus.operator.directory_chain import DirectoryChain, read_on, written_by
from bus.operator.provision import Layout
from bus.secret_files import sync
from contracts.directory.events import DirectoryEvent
from contracts.vocabulary.agencies import COORDINATOR

PATIENCE: Final = 20.0
_FEWEST: Final = 3
_LOOKED_AGAIN_AFTER: Final = 0.02
_READ_FOR: Final = 1.0
_CONNECTED_WITHIN: Final = 30.0
_ASKED_WHO: Final = 5

Wanted = Callable[[Directory], Iterable[DirectoryEvent]]
"""Returns the events to append, given the present directory. It is called again if another event came first."""


class LogLacksError(BrokerAwayError):
    """The log has lost a part of the directory. The root key's events are put back.

    The national coordinator's service puts back the rest. When it is ready, the operator runs the command again.
    """


@asynccontextmanager
async def as_administrator(servers: Iterable[str], layout: Layout) -> AsyncIterator[Log]:
    """Connect to the log as the operator, for the block. Raises BrokerAwayError when no broker is there in time."""
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


async def publish(
    log: Log,
    layout: Layout,
    wanted: Wanted,
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    patience: float = PATIENCE,
) -> DirectoryChain:
    """Append the wanted events to the directory. Return its chain after them. `patience`: the seconds to keep trying.

    Raises BrokerAwayError when the events are not known to be in the log; a second run appends nothing twice. Raises
    LogLacksError when the log has lost a part of the directory, StoreError when the root key is needed and missing.
    """
    ends = monotonic() + patience
    chain = await read_on(log, DirectoryChain(Directory.trusting(read_public(layout.root))))
    earlier = await written_by(log)
    for attempt in count(1):
        lost = _lost(layout, chain)
        if lost:
            await _put_back(log, chain, lost)
            raise LogLacksError("the log had lost some of the directory; what the root key said of it is put back")
        unfinished = await _finish(log, layout, chain)
        said = None if unfinished else await _publish(log, layout, chain, wanted, now, new_id)
        if said is not None:
            return said
        await asyncio.sleep(_LOOKED_AGAIN_AFTER)
        try:
            async with asyncio.timeout(max(ends - monotonic(), _READ_FOR)):
                chain = await read_on(log, chain)
        except TimeoutError:
            break  # others write faster than we read
        if attempt >= _FEWEST and monotonic() > ends:
            break
    raise BrokerAwayError(await _in_the_way(log, earlier))


async def _in_the_way(log: Log, earlier: Counter[str]) -> str:
    written: Counter[str] = Counter()
    for _ in range(_ASKED_WHO):  # a broker that is flooded may need more than one request's time
        with suppress(BrokerAwayError):
            written = await written_by(log) - earlier
            break
    if not written:
        return "the broker does not confirm what is said in the directory"
    who = [f"{agency} wrote {messages} messages there meanwhile" for agency, messages in written.most_common(3)]
    return f"others keep changing the directory: {', '.join(who)}; `stafett revoke` cuts an agency off"


async def _publish(
    log: Log,
    layout: Layout,
    chain: DirectoryChain,
    wanted: Wanted,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> DirectoryChain | None:
    """Append the wanted events. Return the chain after them; None when another event came first: read again."""
    for event in wanted(chain.directory):
        root = Signer.load(COORDINATOR, layout.root_key)
        sent = await _send(log, layout, chain, chain.next(event, root, now(), new_id()))
        if sent is None:
            return None
        chain = sent
    return chain


async def _send(log: Log, layout: Layout, chain: DirectoryChain, envelope: Envelope) -> DirectoryChain | None:
    """Append an envelope. Return the chain after it; None when it is not known to be in the log."""
    _keep(_begun(layout), [envelope])
    return await _sent(log, layout, chain, envelope)


async def _sent(log: Log, layout: Layout, chain: DirectoryChain, envelope: Envelope) -> DirectoryChain | None:
    appended = await log.append(envelope, chain.sequence)
    if not isinstance(appended, Appended):
        return None
    _remember(layout, envelope)
    _begun(layout).unlink()
    return chain.after(envelope, appended.sequence)


async def _finish(log: Log, layout: Layout, chain: DirectoryChain) -> bool:
    """Finish an append that a crash or a silent broker interrupted. Return True if the log must be read again."""
    for envelope in _kept(_begun(layout)):
        if chain.holds(envelope):
            _remember(layout, envelope)
        elif chain.fits(envelope):
            await _sent(log, layout, chain, envelope)
            return True
        _begun(layout).unlink()  # it is in the log, or another event came first
    return False


async def _put_back(log: Log, chain: DirectoryChain, lost: Iterable[Envelope]) -> None:
    """Append lost events of the root key again, up to the first gap.

    The events of others in the gap are put back by the coordinator's service, and nothing may be added before that.
    """
    for envelope in lost:
        if not chain.fits(envelope):
            return
        appended = await log.append(envelope, chain.sequence)
        if not isinstance(appended, Appended):
            return
        chain = chain.after(envelope, appended.sequence)


def _lost(layout: Layout, chain: DirectoryChain) -> list[Envelope]:
    """Return the kept events that the log has lost: their versions lie after the end of its chain.

    Drop the kept events that conflict with the log, and their successors: all replicas have given them up too.
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
    """Return the file that holds the event that is being appended."""
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
