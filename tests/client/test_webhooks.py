"""Messages of webhooks: what our services sign is read, and everything else is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.webhooks import messages
from stafett import feed
from stafett.client import WebhookRefusedError, webhooks

OLD, NEW = b"former secret, 32 bytes in length", b"present secret, as long as it was"
WRITTEN = [messages.written(secret) for secret in (NEW, OLD)]
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
CASE = "3f28f180-37e7-4e41-ac89-6599db0e041a"


def body(**more: Any) -> bytes:
    """A message of a service."""
    event = {"specversion": "1.0", "id": "msg_1", "source": "urn:x-stafett:agency:ngo", "type": "se.nrm.feed.forget"}
    forget = {"position": "4fa3b6c0d1e2f304-17", "kind": "forget", "case_id": CASE, "why": "erased", "part": None}
    event |= {"subject": CASE, "time": "2024-03-05T08:20:00Z", "data": forget | {"version": 3, "link": "/v1/cases"}}  # type: ignore[dict-item]
    return json.dumps({**event, **more}).encode()


def signed(content: bytes, *secrets: bytes, ago: float = 0.0, name: str = "msg_1") -> dict[str, str]:
    """The headers with which a service sends it."""
    return messages.signed(name, content, secrets or (NEW,), datetime.now(UTC) - timedelta(seconds=ago))


def test_a_message_of_the_service_is_read() -> None:
    """Its entry is typed; a message that only names its event has none."""
    read = webhooks.Receiver(WRITTEN[:1]).read(body(), signed(body()))
    assert (read.id, read.subject) == ("msg_1", CASE)
    assert isinstance(read.entry, feed.Forgotten) and read.entry.why == "erased"
    named = body(type="se.nrm.NeedsAssessed.v1", data={"kind": "event", "position": "x", "case_id": CASE, "link": "/"})
    assert webhooks.Receiver(WRITTEN).read(named, signed(named)).entry is None


def test_a_rotation_refuses_no_message() -> None:
    """The receiver may hold the former secret, the new one, or both, while the service signs with both."""
    for held in (WRITTEN[:1], WRITTEN[1:], WRITTEN):
        assert webhooks.Receiver(held).read(body(), signed(body(), NEW, OLD))
    assert webhooks.Receiver(WRITTEN).read(body(), signed(body(), OLD))
    with pytest.raises(WebhookRefusedError):
        webhooks.Receiver(WRITTEN[:1]).read(body(), signed(body(), OLD))


def test_headers_may_be_written_in_capitals() -> None:
    """As some servers hand them on."""
    shouted = {name.title(): value for name, value in signed(body()).items()}
    assert webhooks.Receiver(WRITTEN).read(body(), shouted)


@pytest.mark.parametrize("ago", [301 + 60, -301 - 60])
def test_a_message_is_good_for_five_minutes(ago: float) -> None:
    """Not later, when somebody sends it again; and not from the future."""
    with pytest.raises(WebhookRefusedError):
        webhooks.Receiver(WRITTEN).read(body(), signed(body(), ago=ago))
    assert webhooks.Receiver(WRITTEN).read(body(), signed(body(), ago=ago / 2))


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (body(type="se.nrm.CaseClosed.v2"), signed(body())),
        (body(), {}),
        (body(), signed(body()) | {"webhook-id": "msg_2"}),
        (body(), signed(body()) | {"webhook-timestamp": "nan"}),
        (body(), signed(body()) | {"webhook-timestamp": "9" * 400}),
        (body(), signed(body()) | {"webhook-signature": "v1"}),
        (body(), signed(body()) | {"webhook-signature": "v1,å"}),
        (body(), signed(body()) | {"webhook-signature": "v2," + "A" * 44}),
        (body(), signed(body()) | {"webhook-signature": "v1,AAAA " * 10_000}),
        (b"\xff" * 10, signed(body())),
        (body(more="x" * 1_000_000), signed(body(more="x" * 1_000_000))),
        (b"[]", signed(b"[]")),
        (b"not json", signed(b"not json")),
        (body(time="soon"), signed(body(time="soon"))),
        (body(id="msg_9"), signed(body(id="msg_9"))),
    ],
    ids=count(),
)
def test_everything_else_is_refused(content: bytes, headers: dict[str, str]) -> None:
    """And shows nothing of what it said."""
    with pytest.raises(WebhookRefusedError) as raised:
        webhooks.Receiver(WRITTEN).read(content, headers)
    assert CASE not in f"{raised.value!r}"


@given(
    st.text(max_size=200), st.binary(max_size=9), st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, st.text()))
)
def test_no_request_makes_it_fail_otherwise(content: str, more: bytes, headers: dict[str, str]) -> None:
    """Whatever is sent, signed or not, it is refused, and nothing else is raised."""
    for body in (content.encode(), content.encode() + more):
        for given_headers in (headers, {**signed(content.encode()), **headers}):
            with pytest.raises(WebhookRefusedError):
                webhooks.Receiver(WRITTEN).read(body, given_headers)


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], ["whsec_å"]])
def test_a_receiver_needs_a_secret(secrets: list[str]) -> None:
    """One that is none is found when the program begins."""
    with pytest.raises(ValueError, match="secret"):
        webhooks.Receiver(secrets)


def test_a_message_does_not_show_its_content() -> None:
    """In a log or a traceback."""
    assert "erased" not in repr(webhooks.Receiver(WRITTEN).read(body(), signed(body())))
