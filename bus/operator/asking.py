"""The operator's requests to the brokers themselves. Every running broker answers each of them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import orjson
from nats.errors import Error as NatsError

from bus.errors import BrokerAwayError
from bus.nats.client import Client

_ANSWERED_WITHIN: Final = 5


async def hand_over(client: Client, tokens: dict[str, str]) -> int:
    """Give all running brokers the accounts' tokens. Return the number of brokers.

    Raises BrokerAwayError when a broker refuses one.
    """
    brokers = await count_brokers(client)
    for token in tokens.values():
        for answer in await all_answers(client, "$SYS.REQ.CLAIMS.UPDATE", token.encode(), brokers):
            if "error" in answer:
                raise BrokerAwayError("a broker did not take who may connect")
    return brokers


async def count_brokers(client: Client) -> int:
    """Return the number of running brokers."""
    state = orjson.loads((await client.request("$SYS.REQ.SERVER.PING", b"", timeout=_ANSWERED_WITHIN)).data)
    return int(state["statsz"]["active_servers"])


async def all_answers(client: Client, subject: str, data: bytes, brokers: int) -> list[dict[str, Any]]:
    """Send a request to all brokers, and return this many answers. Raises TimeoutError when fewer answer."""
    answers = await client.subscribe(inbox := client.new_inbox())
    try:
        await client.publish(subject, data, reply=inbox)
        return [orjson.loads((await answers.next_msg(timeout=_ANSWERED_WITHIN)).data) for _ in range(brokers)]
    finally:
        with suppress(NatsError):
            await answers.unsubscribe()
