"""What is submitted, what becomes of it, and that it happens once under each idempotency key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bus.case.drafts import is_the_same_request
from bus.errors import KeyInFlightError, KeyReuseError
from bus.sealing.keyring import Keyring
from bus.store import OutboxRow, OutboxStatus, Store
from contracts.event.published_event import PublishedEvent


@dataclass(frozen=True, slots=True)
class Submission:
    """An event to issue. `case_id` None opens a case, DIRECTORY_ID is the directory.

    `if_match`: the digest of the view that the caller decided on.
    """

    event: PublishedEvent
    case_id: str | None = None
    if_match: str | None = None
    idempotency_key: str | None = None
    request_digest: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission. `version` and `sequence` are None until it is in the log."""

    event_id: str
    case_id: str
    status: OutboxStatus
    version: int | None = None
    sequence: int | None = None
    reason: str | None = None

    @classmethod
    def of(cls, row: OutboxRow) -> Receipt:
        """The receipt of an event in the outbox."""
        return cls(row.event_id, row.case_id, row.status, row.version, row.sequence, row.reason)


Prepare = Callable[[PublishedEvent], Awaitable[PublishedEvent]]
"""Does what must be done before an event is issued, and gives it as it is issued; raises what `submit` does."""


class Reception:
    """Lets one request under each idempotency key through at a time, and knows those that were answered."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._in_flight: set[str] = set()

    @asynccontextmanager
    async def once(self, submission: Submission) -> AsyncIterator[Receipt | None]:
        """The receipt of the same request before, or None when it is the first.

        Raises KeyInFlightError while that one is being answered, KeyReuseError when it was another request.
        """
        key = submission.idempotency_key
        if key is None:
            yield None
            return
        if key in self._in_flight:
            raise KeyInFlightError("a request with this key is being answered")
        self._in_flight.add(key)
        try:
            prior = await self._store.submission_under(key)
            if prior is not None:
                held = await self._keyring.of(prior.case_id)
                if not is_the_same_request(held, prior, submission.request_digest):
                    raise KeyReuseError("the key was used for another request")
            yield None if prior is None else Receipt.of(prior)
        finally:
            self._in_flight.discard(key)
