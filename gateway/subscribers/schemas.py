"""The request and response models of subscribers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bus.replica.feed import POSITION
from bus.webhooks.rows import Owing, Webhook, WebhookDelivery
from contracts.event.fact import Fact
from gateway.delivery.progress import moment, progress
from gateway.http.response_models import ResponseModel, Uuid

Number = Annotated[int, Field(ge=1, le=2**53)]


class SubscriberChange(Fact):
    """Whether the subscriber is called: `paused` calls no handler; `active` goes on where it was."""

    state: Literal["active", "paused"]


class HandleAgain(Fact):
    """The entries to handle again: all after a position, the dead letter with a `number`, or else all dead letters.

    `after`: a position of the feed; empty: from its beginning.
    """

    after: Annotated[str, Field(pattern=f"^$|{POSITION}")] | None = None
    number: Number | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.after is not None and self.number is not None:
            raise ValueError("name a position or a number")
        return self


class Skip(Fact):
    """The delivery that is owed no more, by its `number`."""

    number: Number


class SubscriberState(ResponseModel):
    """A subscriber and how far it has come.

    `registered`: true if this service has its code. `position`: the feed up to there was taken in; `behind`: about how
    many rows the feed has after it. `pending`: entries that are not handled yet, the oldest since `pending_since`.
    `failures`: failed attempts since the last success; `trouble`: why the last attempt failed.
    """

    name: str
    registered: bool
    types: tuple[str, ...]
    state: Literal["active", "paused"]
    position: str
    behind: int
    pending: int
    pending_since: datetime | None
    next_attempt_at: datetime | None
    dead_letters: int
    handled: int
    failures: int
    trouble: str | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: Webhook, owing: Owing, end: str, *, registered: bool) -> SubscriberState:
        """The state of a subscriber. `end`: the position of the feed's last row."""
        return cls(
            name=row.subscriber,
            registered=registered,
            state="active" if row.state == "active" else "paused",
            handled=row.delivered,
            **progress(row, owing, end),
        )


class OwedEntry(ResponseModel):
    """An entry that is owed to a subscriber; never any of its content.

    `number`: names it for skip and replay. `event`: the event's name, or what to forget. `dead`: true if it was given
    up; then `next_attempt_at` is null. `trouble`: why the last attempt failed: the class of the exception, `timeout`,
    `not-none` (the handler returned something), or the code with which the handler gave up.
    """

    number: int
    position: str
    case_id: Uuid
    event: str
    dead: bool
    attempts: int
    trouble: str | None
    owed_since: datetime
    next_attempt_at: datetime | None

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> OwedEntry:
        """The entry, without its content."""
        return cls(
            number=delivery.number,
            position=delivery.position,
            case_id=delivery.case_id,
            event=delivery.name,
            dead=delivery.dead,
            attempts=delivery.attempts,
            trouble=delivery.trouble or None,
            owed_since=datetime.fromtimestamp(delivery.since, UTC),
            next_attempt_at=None if delivery.dead else moment(delivery.due_at),
        )


class Replayed(ResponseModel):
    """The entries handled again. `entries`: how many dead letters; null when the subscriber went back to `after`."""

    name: str
    after: str | None
    entries: int | None


class Skipped(ResponseModel):
    """The delivery that is owed no more."""

    name: str
    number: int


class DeletedSubscriber(ResponseModel):
    """A subscriber whose position is deleted, with what it was owed. If the service has its code, it begins anew."""

    name: str
    deleted: Literal[True] = True
