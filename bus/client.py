"""nats-py's client, made to survive what an agency may publish: nats-server takes any bytes as a subject's token."""

from __future__ import annotations

import re
from typing import Final

from nats.aio.client import Client as NatsClient
from nats.aio.msg import Msg

_NOT_LEGIBLE: Final = re.compile(rb"[^\x21-\x7e]")


def legible(subject: bytes) -> bytes:
    """The subject with `?` for what is not visible ASCII; no subject of ours has any."""
    return _NOT_LEGIBLE.sub(b"?", subject)


class Client(NatsClient):
    """nats-py decodes subjects as UTF-8 and closes the connection when one is not: the next one would meet it again."""

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        message: Msg = super()._build_message(sid, legible(subject), reply, data, headers)
        return message
