"""The directory's chain as the holder of the root key reads it from the log, to write its next event.

It reads the chain once, and then only the new messages. Invalid messages do not prevent that. But if an agency writes
to the directory without pause, no other can write there until that agency is cut off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from bus.directory.directory import DIRECTORY_ID, Directory
from bus.envelope.envelope import GENESIS, Draft, Envelope, parse, place
from bus.envelope.signing import Signer
from bus.errors import BrokerAwayError, EnvelopeError
from bus.nats.following import Follower, LogMessage, Source
from bus.nats.log import STREAM, Log
from contracts.directory.events import DIRECTORY_EVENTS, DirectoryEvent
from contracts.law.in_force import ruleset_in_force

_AT_ONCE: Final = 500
_SUBJECTS: Final = tuple(f"case.{DIRECTORY_ID}.{name}.*" for name in sorted(DIRECTORY_EVENTS))


@dataclass(frozen=True)
class DirectoryChain:
    """The directory's chain as every replica folds it from the log.

    Attributes:
        directory: The directory after the chain.
        sequence: The sequence up to which the log was read.
        hashes: The hashes of the chain's events, in order.
    """

    directory: Directory
    sequence: int = 0
    hashes: tuple[str, ...] = field(default=(), repr=False)

    @property
    def version(self) -> int:
        """The version of the last event, 0 before the first."""
        return len(self.hashes)

    @property
    def head(self) -> str:
        """The hash of the last event, or GENESIS."""
        return self.hashes[-1] if self.hashes else GENESIS

    def holds(self, envelope: Envelope) -> bool:
        """Return whether the envelope is part of the chain."""
        return envelope.version <= self.version and self.hashes[envelope.version - 1] == envelope.hash

    def fits(self, envelope: Envelope) -> bool:
        """Return whether the envelope is the chain's next."""
        return (envelope.version, envelope.previous) == (self.version + 1, self.head)

    def contradicts(self, envelope: Envelope) -> bool:
        """Return whether the chain has another event at the envelope's version, or at the version before."""
        if envelope.version <= self.version:
            return not self.holds(envelope)
        return envelope.version == self.version + 1 and not self.fits(envelope)

    def after(self, envelope: Envelope, sequence: int) -> DirectoryChain:
        """Return the chain with this event at its end. `sequence`: the event's place in the log."""
        directory, _ = self.directory.after(envelope)
        return DirectoryChain(directory, sequence, (*self.hashes, envelope.hash))

    def with_message(self, message: LogMessage) -> DirectoryChain:
        """Return the chain after the next message in the log, valid or not."""
        if "ce-id" not in message.headers:
            return self  # not an envelope; there may be very many such messages, so this check comes first
        try:
            envelope = parse(message.headers, message.data)
            self.directory.require_chain(envelope)
            self.directory.believe(envelope, authentic=False)
            if self.fits(envelope):
                return self.after(envelope, message.sequence)
        except EnvelopeError:
            pass
        return self

    def next(self, event: DirectoryEvent, root: Signer, now: datetime, event_id: str) -> Envelope:
        """Return the event as the chain's next, signed by the root key."""
        draft = Draft(
            event_id=event_id,
            case_id=DIRECTORY_ID,
            type=event.type_name(),
            schema_uri=event.schema_uri(),
            data=event.model_dump_json().encode(),
            ruleset=ruleset_in_force(event.occurred_on, now).id,
            recorded_at=now,
            correlation_id=event_id,
            causation_id=event_id,
        )
        return place(draft, version=self.version + 1, previous=self.head, signer=root)


async def read_on(log: Log, chain: DirectoryChain) -> DirectoryChain:
    """Return the chain with all its new events in the log. Raises BrokerAwayError."""
    last = await log.last_of_case(DIRECTORY_ID)
    if last is None or last.sequence <= chain.sequence:
        return chain
    async with aclosing(_directory_events(log, chain.sequence, last.sequence)) as messages:
        async for message in messages:
            chain = chain.with_message(message)
    return replace(chain, sequence=last.sequence)  # later messages have no directory event's name and are not read


async def written_by(log: Log) -> Counter[str]:
    """Return how many messages, valid or not, each agency has written to the directory, as the broker counts them.

    One request, however many there are. Raises BrokerAwayError.
    """
    written: Counter[str] = Counter()
    for subject, messages in (await log.counts(STREAM, f"case.{DIRECTORY_ID}.>")).items():
        written[subject.rpartition(".")[2]] += messages
    return written


async def _directory_events(log: Log, after: int, last: int) -> AsyncGenerator[LogMessage, None]:
    follower = Follower(log.client, log.agency, Source(STREAM, f"directory-{uuid4()}", _SUBJECTS), after, _AT_ONCE)
    try:
        await follower.begin()
        left = follower.waiting
        while left > 0 and (messages := await follower.next(if_any=True)):
            left -= len(messages)
            for message in messages:
                if message.sequence <= last:
                    yield message
            if messages[-1].sequence >= last:
                return
    except (NatsError, JetStreamError, OSError, TimeoutError) as error:
        raise BrokerAwayError("the broker gave no answer") from error
    finally:
        await follower.end()
