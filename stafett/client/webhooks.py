"""Verifies the messages of webhooks: who signed them, when, and what they say.

    >>> from stafett.client import webhooks
    >>> receiver = webhooks.Receiver(["whsec_c3RhZmV0dCB0ZWxscyB5b3UgYSBzZWNyZXQh"])
    >>> receiver.read(b"{}", {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"})
    Traceback (most recent call last):
        ...
    stafett.client.errors.WebhookRefusedError: Message timestamp too old

A message is good for five minutes. It may come twice: keep its `id` together with what you do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from stafett.client.errors import WebhookRefusedError
from stafett.feed import Entry, entry_of

__all__ = ["Message", "Receiver"]

_MOST_BYTES: Final = 1_000_000
_LONGEST_HEADER: Final = 2_000
_HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Message(BaseModel):
    """A message of a webhook, which its service signed. What it says of a case is not shown by `repr`.

    `id`: the same at each attempt, and for no other message. `type`: the event's, as on the bus, or `se.nrm.feed.…`.
    `subject`: the case. `data`: as docs/webhooks.md says; `entry` has it typed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: dict[str, Any] = Field(repr=False)

    @property
    def entry(self) -> Entry | None:
        """The entry of the feed that it tells; None when it only names it, as webhooks do that are not `full`."""
        try:
            return entry_of(self.data)
        except ValidationError:
            return None


class Receiver:
    """Knows its messages by one secret, or by any of several: after a rotation, hold the new one and the former.

    Raises ValueError for a secret that is none.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("a receiver needs a secret")
        try:
            self._known = [Webhook(secret) for secret in secrets]
        except (ValueError, EmptyWebhookSecretError) as error:
            raise ValueError(f"not a secret of a webhook ({type(error).__name__})") from None

    def read(self, body: bytes, headers: Mapping[str, str]) -> Message:
        """The message in a request. `headers`: the request's, in small or capital letters.

        Raises WebhookRefusedError, which shows nothing of it: answer 401.
        """
        given = {name.lower(): value for name, value in headers.items() if name.lower() in _HEADERS}
        if len(body) > _MOST_BYTES or any(len(value) > _LONGEST_HEADER for value in given.values()):
            raise WebhookRefusedError("larger than any message")
        self._verify(body, given)
        try:
            message = Message.model_validate_json(body, strict=True)
        except ValidationError:
            raise WebhookRefusedError("signed, and no message of a service") from None
        if message.id != given["webhook-id"]:
            raise WebhookRefusedError("its id is not the one that was signed")
        return message

    def _verify(self, body: bytes, given: dict[str, str]) -> None:
        reason = ""
        for known in self._known:
            try:
                known.verify(body, given, json_parse=False)
            except WebhookVerificationError as error:
                reason = str(error)
            except ValueError:  # the library decodes before it compares
                reason = "headers that do not have their form"
            else:
                return
        raise WebhookRefusedError(reason)
