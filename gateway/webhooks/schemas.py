"""The request and response models of webhooks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from bus.replica.feed import POSITION
from bus.webhooks.rows import MessageContent, Owing, Webhook, WebhookDelivery, WebhookStatus
from contracts.event.fact import Fact
from gateway.delivery.progress import moment, progress
from gateway.http.response_models import ResponseModel, Uuid

Url = Annotated[str, Field(min_length=1, max_length=2000)]
Types = Annotated[tuple[Annotated[str, Field(max_length=80)], ...], Field(max_length=200, strict=False)]
Position = Annotated[str, Field(pattern=f"^$|{POSITION}")]


class NewWebhook(Fact):
    """A webhook to create.

    `content`: `reference` tells only which event of which case, and its link; `full` the entry as the feed has it, over
    https. `types`: names of events and kinds of entries; none: all events of cases. `after`: the position of the feed
    after which to begin; empty: from its beginning; left out: what is told from now on.
    """

    url: Url
    content: MessageContent = Field(default=MessageContent.REFERENCE, strict=False)
    types: Types = ()
    after: Position | None = None


class WebhookChange(Fact):
    """What to change; what is left out stays. `state`: `paused` sends nothing; `active` goes on where it was."""

    url: Url | None = None
    content: MessageContent | None = Field(default=None, strict=False)
    types: Types | None = None
    state: Literal["active", "paused"] | None = None


class Rotation(Fact):
    """For how many hours the former secret signs too."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class WebhookState(ResponseModel):
    """A webhook and how far it has come.

    `state`: `gone` when its receiver answered 410. `position`: the feed up to there was taken in; `behind`: about how
    many rows the feed has after it. `pending`: messages that are not accepted yet, the oldest since `pending_since`.
    `failures`: failed attempts since the last success; `trouble`: why the last attempt failed.
    """

    webhook_id: Uuid
    url: str
    content: MessageContent
    types: tuple[str, ...]
    state: WebhookStatus
    position: str
    behind: int
    pending: int
    pending_since: datetime | None
    next_attempt_at: datetime | None
    dead_letters: int
    delivered: int
    failures: int
    trouble: str | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    former_secret_until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, webhook: Webhook, owing: Owing, end: str) -> WebhookState:
        """The state of a webhook. `end`: the position of the feed's last row."""
        return cls(
            webhook_id=webhook.webhook_id,
            url=webhook.url,
            content=webhook.content,
            state=webhook.state,
            delivered=webhook.delivered,
            former_secret_until=moment(webhook.former_until or None),
            **progress(webhook, owing, end),
        )


class WebhookSecret(ResponseModel):
    """The secret that signs a webhook's messages. It is shown this once."""

    webhook_id: Uuid
    secret: Annotated[str, Field(pattern="^whsec_")]


class PingResult(ResponseModel):
    """The receiver's answer to a test message. `trouble`: why it was not accepted."""

    accepted: bool
    status: int | None
    trouble: str | None


class DeadLetter(ResponseModel):
    """A message that was given up. `number`: names it for redelivery. `event`: the event's name, or what to forget."""

    number: int
    position: str
    case_id: Uuid
    event: str
    attempts: int
    trouble: str
    owed_since: datetime
    given_up_at: datetime

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> DeadLetter:
        """The dead letter, which has no content."""
        return cls(
            number=delivery.number,
            position=delivery.position,
            case_id=delivery.case_id,
            event=delivery.name,
            attempts=delivery.attempts,
            trouble=delivery.trouble,
            owed_since=datetime.fromtimestamp(delivery.since, UTC),
            given_up_at=datetime.fromtimestamp(delivery.due_at, UTC),
        )


class Redelivered(ResponseModel):
    """How many dead letters are pending again."""

    redelivered: int


class DeletedWebhook(ResponseModel):
    """A webhook that is deleted, with what it was owed and its secrets."""

    webhook_id: Uuid
    deleted: Literal[True] = True
