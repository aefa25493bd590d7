"""Fold the stored events of one case again, one by one, as they were folded when they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bus.case.case_replica import CaseReplica
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.errors import DamagedCaseError, EnvelopeError
from bus.store import Head
from bus.void_event import VoidEvent

_WITHOUT_A_BREAK: Final = 25  # events folded in a row: a long case must not delay the requests of callers


@dataclass(frozen=True, slots=True)
class FoldedEvent:
    """An event that the replica holds, with the case before and after it.

    `content`, `event`: the event's content and the parsed event, None when we cannot open it. `void`: the reason why it
    is void, or None.
    """

    envelope: Envelope
    before: CaseReplica
    case: CaseReplica
    content: bytes | None
    void: VoidEvent | None
    event: Any = None


async def fold_stored(
    case: CaseReplica, envelopes: Sequence[Envelope], directory: Directory, head: Head | None = None
) -> AsyncIterator[FoldedEvent]:
    """Fold the events of a chain into a case, up to its head if one is given.

    Raises DamagedCaseError when they do not follow each other, or do not end at the head.
    """
    try:
        for envelope in envelopes:
            if head is not None and envelope.version > head.version:
                break  # committed after the head was read; the next load has both
            case.chain.require_next(envelope)
            before, sequence = case, head.sequence if head is not None else 0
            folded = case.after(envelope, directory, sequence)
            case = folded.case
            yield FoldedEvent(envelope, before, case, folded.content, folded.void, folded.event)
            if envelope.version % _WITHOUT_A_BREAK == 0:
                await asyncio.sleep(0)
    except EnvelopeError as error:
        raise DamagedCaseError(case.case_id, str(error)) from error
    if head is not None and case.chain.hash != head.hash:
        raise DamagedCaseError(case.case_id, "its chain does not end where its head is")
