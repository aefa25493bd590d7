"""nats-py's client, made to survive what an agency may publish: nats-server takes any bytes as a subject's token."""

from __future__ import annotations

import re
from typing import Final

from nats.aio.client import Client as NatsClient
from nats.aio.msg import Msg

from bus.envelope import HEADERS

_NOT_LEGIBLE: Final = re.compile(rb"[^\x21-\x7e]")
_NAMES: Final = {
    name.encode(): name
    for name in (*HEADERS, "Nats-Expected-Last-Subject-Sequence", "Nats-Expected-Last-Subject-Sequence-Subject")
}


def legible(subject: bytes) -> bytes:
    """The subject with `?` for what is not visible ASCII; no subject of ours has any."""
    return _NOT_LEGIBLE.sub(b"?", subject)


class Client(NatsClient):
    """nats-py decodes subjects as UTF-8 and closes the connection when one is not: the next one would meet it again.

    It also looks at each character of each header's name, which takes longer than all else it does with an event.
    """

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in raw.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            known = _NAMES.get(name)
            if known is not None and colon:
                found[known] = value.strip().decode("utf-8", "replace")
            else:
                found.update(NatsClient._parse_header_lines(line))
        return found

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        message: Msg = super()._build_message(sid, legible(subject), reply, data, headers)
        return message
