"""A submission, its receipt, and the check that an idempotency key is used once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bus.case.drafts import is_the_same_request
from bus.errors import KeyInFlightError, KeyReuseError
from bus.sealing.keyring import Keyring
from bus.store import OutboxRow, OutboxStatus, Store
from contracts.event.published_event import PublishedEvent

BY_CLOCK: Final = "clock/"
"""The beginning of the idempotency keys of the clock's events. When one is refused, no person has to look at it."""


@dataclass(frozen=True, slots=True)
class Submission:
    """An event to issue.

    Attributes:
        event: The event.
        case_id: The case; None opens a new one, DIRECTORY_ID is the directory.
        if_match: The digest of the view on which the caller decided.
        idempotency_key: Under one key the event is issued once.
        request_digest: The digest of the request; it tells a repeated request from another one under the same key.
        correlation_id: The id that related events share; by default the event's own id.
        causation_id: The id of the event that caused this one; by default the event's own id.
        traceparent: The W3C trace context.
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
    """The outcome of a submission so far. `version` and `sequence` are None until the event is in the log."""

    event_id: str
    case_id: str
    status: OutboxStatus
    version: int | None = None
    sequence: int | None = None
    reason: str | None = None

    @classmethod
    def of(cls, row: OutboxRow) -> Receipt:
        """Return the receipt of an event in the outbox."""
        return cls(row.event_id, row.case_id, row.status, row.version, row.sequence, row.reason)


Prepare = Callable[[PublishedEvent], Awaitable[PublishedEvent]]
"""Prepares an event before it is issued, and returns the event to issue. Raises the same errors as `submit`."""


class Reception:
    """Lets one request at a time through under each idempotency key, and finds the receipts of earlier ones."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._in_flight: set[str] = set()

    @asynccontextmanager
    async def once(self, submission: Submission) -> AsyncIterator[Receipt | None]:
        """Yield the receipt of an earlier equal request, or None when this is the first.

        Raises KeyInFlightError while the earlier one is being answered, KeyReuseError when the key was used for
        another request.
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
