"""Checking what depends on each message alone: envelope, subject, signature. It may run ahead of the fold."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Final

from bus.directory.directory import Directory
from bus.envelope.envelope import MAX_BYTES, Envelope, parse
from bus.errors import EnvelopeError
from bus.nats.log import LogMessage

Outcome = tuple[Envelope, bool] | EnvelopeError
"""A parsed envelope and whether its signature was verified (not while its key is unknown), or the error."""

Checked = tuple[LogMessage, Outcome]

_WORTH_A_THREAD: Final = 64
_THREADS: Final = 2  # the library lets the interpreter go while it checks a signature


async def check(messages: Sequence[LogMessage], directory: Directory) -> list[Checked]:
    """Check these messages by the keys of a directory; many are checked in threads."""
    if len(messages) < _WORTH_A_THREAD:
        return _check_all(messages, directory)
    size = -(-len(messages) // _THREADS)
    parts = [messages[first : first + size] for first in range(0, len(messages), size)]
    checked = await asyncio.gather(*(asyncio.to_thread(_check_all, part, directory) for part in parts))
    return list(chain.from_iterable(checked))


def _check_all(messages: Sequence[LogMessage], directory: Directory) -> list[Checked]:
    return [(message, check_one(message, directory)) for message in messages]


def check_one(message: LogMessage, directory: Directory) -> Outcome:
    """Whether a message is an envelope on its own subject, in a stream where such events stand, signed as it says."""
    try:
        if len(message.data) > MAX_BYTES:
            raise EnvelopeError("too-large", f"more than {MAX_BYTES} bytes")
        envelope = parse(message.headers, message.data)
        if envelope.subject != message.subject:
            raise EnvelopeError("wrong-subject", "the subject is not that of the envelope")
        directory.require_chain(envelope)
        return envelope, directory.authentic(envelope)
    except EnvelopeError as error:
        return error
