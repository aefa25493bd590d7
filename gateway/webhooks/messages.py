"""The messages of webhooks: CloudEvents 1.0 in structured JSON, signed as Standard Webhooks asks. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from standardwebhooks.webhooks import Webhook as Signer

from bus.webhooks.rows import MessageContent, Webhook
from contracts.vocabulary.agencies import AgencyId
from gateway.delivery.entries import case_of
from gateway.feed.schemas import DirectoryChange, Entry, Forget, ToldEvent

MEDIA_TYPE: Final = "application/cloudevents+json"
_OF_THE_FEED: Final = "se.nrm.feed"
_PREFIX: Final = "whsec_"
_REFERS: Final = ("position", "kind", "case_id", "task_id", "done", "over")
_SHOWN_AT: Final = {
    "task": "/v1/tasks?case_id={case_id}",
    "attention": "/v1/needs-attention?case_id={case_id}",
    "quarantined": "/v1/quarantine",
}


def message_id(webhook: Webhook, position: str) -> str:
    """The id of a message: the same for each attempt, and for no other webhook or position."""
    return f"msg_{webhook.webhook_id.replace('-', '')}_{position}"


def message_of(webhook: Webhook, agency: AgencyId, entry: Entry, now: datetime) -> bytes:
    """The message that tells an entry, as much of it as the webhook asks for."""
    kind, moment = f"{_OF_THE_FEED}.{entry.kind}", now
    if isinstance(entry, (ToldEvent, DirectoryChange)):
        kind, moment = entry.type, entry.recorded_at
    case, full = case_of(entry), entry.model_dump(mode="json")
    if webhook.content is MessageContent.REFERENCE:
        full = {name: full[name] for name in _REFERS if name in full}
        if isinstance(entry, Forget):
            full |= {"why": entry.why, "part": entry.part, "version": entry.version}
    data = full | {"case_id": case, "link": _link(entry)}
    return _event(message_id(webhook, entry.position), agency, kind, case, moment, data)


def _link(entry: Entry) -> str:
    """Where the service shows more of it."""
    if isinstance(entry, DirectoryChange):
        return "/v1/directory"
    if isinstance(entry, ToldEvent):
        return f"/v1/cases/{entry.case_id}/events/{entry.event_id}"
    return _SHOWN_AT.get(entry.kind, "/v1/cases/{case_id}").format(case_id=entry.case_id)


def ping_of(webhook: Webhook, agency: AgencyId, token: str, now: datetime) -> tuple[str, bytes]:
    """The id and the content of a message that only tests the webhook. `token`: a random one."""
    name = message_id(webhook, f"ping-{token}")
    return name, _event(name, agency, f"{_OF_THE_FEED}.ping", webhook.webhook_id, now, {"kind": "ping"})


def signed(name: str, body: bytes, secrets: Sequence[bytes], now: datetime) -> dict[str, str]:
    """The headers of a message. Each secret signs it, so that a receiver may hold any of them."""
    moment = now.astimezone(UTC).replace(microsecond=0)
    return {
        "Content-Type": MEDIA_TYPE,
        "webhook-id": name,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(name, moment, body.decode()) for secret in secrets),
    }


def written(secret: bytes) -> str:
    """A secret in the form that receivers configure."""
    return f"{_PREFIX}{b64encode(secret).decode()}"


def _event(name: str, agency: AgencyId, kind: str, subject: str, moment: datetime, data: dict[str, Any]) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": name,
            "source": f"urn:x-stafett:agency:{agency}",
            "type": kind,
            "subject": subject,
            "time": moment,
            "datacontenttype": "application/json",
            "data": data,
        },
        option=orjson.OPT_UTC_Z,
    )
