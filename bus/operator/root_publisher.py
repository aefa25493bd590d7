"""What the root key says in the directory: appended to the log, and kept in a file beside.

The file gives a log that lost its beginning the same one back: another beginning would make replicas give up all that
the directory said since. An event that is on its way is kept in another, so what a crash cut short is finished later.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
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
from bus.operator.directory_chain import Chain, read_on
from bus.operator.provision import Layout
from bus.secret_files import sync
from contracts.directory.events import DirectoryEvent
from contracts.vocabulary.agencies import COORDINATOR

PATIENCE: Final = 20.0
_FEWEST: Final = 3
_LOOKED_AGAIN_AFTER: Final = 0.02
_READ_FOR: Final = 1.0
_CONNECTED_WITHIN: Final = 30.0

Wanted = Callable[[Directory], Iterable[DirectoryEvent]]
"""What is to be said, given what the directory says already; asked again whenever somebody else wrote first."""


class LogLacksError(BrokerAwayError):
    """The log lost some of the directory. The operator runs the command again when the national coordinator's service
    is ready, which has put back the rest by then.
    """


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


async def publish(
    log: Log,
    layout: Layout,
    wanted: Wanted,
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    patience: float = PATIENCE,
) -> Chain:
    """Have the directory say what is wanted of it; the chain after that. `patience`: seconds for which to try.

    Raises BrokerAwayError when it is not known to be in the log: run again, nothing is said twice. LogLacksError: other
    things must come back first. StoreError: the root key is needed, and not at hand.
    """
    ends = monotonic() + patience
    chain = await read_on(log, Chain(Directory.trusting(read_public(layout.root))))
    earlier = chain.written.copy()
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
            break  # written faster than we read
        if attempt >= _FEWEST and monotonic() > ends:
            break
    raise BrokerAwayError(_in_the_way(chain.written - earlier))


def _in_the_way(written: Counter[str]) -> str:
    if not written:
        return "the broker does not confirm what is said in the directory"
    who = [f"{agency} wrote {messages} messages there meanwhile" for agency, messages in written.most_common(3)]
    return f"others keep changing the directory: {', '.join(who)}; `stafett revoke` cuts an agency off"


async def _publish(
    log: Log,
    layout: Layout,
    chain: Chain,
    wanted: Wanted,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Chain | None:
    """The chain with what was wanted; None when somebody else wrote meanwhile, and it must be looked at again."""
    for event in wanted(chain.directory):
        root = Signer.load(COORDINATOR, layout.root_key)
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
