"""The checks that need one message and the directory only: envelope, subject, signature. They run before the fold."""

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
"""A parsed envelope and True if its signature was verified (False if its key is not known yet), or the error."""

Checked = tuple[LogMessage, Outcome]

_WORTH_A_THREAD: Final = 64
_THREADS: Final = 2  # the library releases the interpreter's lock while it checks a signature


async def check(messages: Sequence[LogMessage], directory: Directory) -> list[Checked]:
    """Check messages against the keys in a directory; 64 messages or more are checked in threads."""
    if len(messages) < _WORTH_A_THREAD:
        return _check_all(messages, directory)
    size = -(-len(messages) // _THREADS)
    parts = [messages[first : first + size] for first in range(0, len(messages), size)]
    checked = await asyncio.gather(*(asyncio.to_thread(_check_all, part, directory) for part in parts))
    return list(chain.from_iterable(checked))


def _check_all(messages: Sequence[LogMessage], directory: Directory) -> list[Checked]:
    return [(message, check_one(message, directory)) for message in messages]


def check_one(message: LogMessage, directory: Directory) -> Outcome:
    """Check one message: the envelope's form, its subject, its kind of chain, and its signature if the key is known.

    Errors are returned, not raised.
    """
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
