"""Questions of the operator's to the brokers themselves, each answered by every broker that is up."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import orjson
from nats.errors import Error as NatsError

from bus.errors import BrokerAwayError
from bus.nats.client import Client

_ANSWERED_WITHIN: Final = 5


async def hand_over(client: Client, tokens: dict[str, str]) -> int:
    """Give all brokers the accounts' tokens; how many they are. BrokerAwayError when one does not take them."""
    brokers = await count_brokers(client)
    for token in tokens.values():
        for answer in await all_answers(client, "$SYS.REQ.CLAIMS.UPDATE", token.encode(), brokers):
            if "error" in answer:
                raise BrokerAwayError("a broker did not take who may connect")
    return brokers


async def count_brokers(client: Client) -> int:
    """How many brokers are up."""
    state = orjson.loads((await client.request("$SYS.REQ.SERVER.PING", b"", timeout=_ANSWERED_WITHIN)).data)
    return int(state["statsz"]["active_servers"])


async def all_answers(client: Client, subject: str, data: bytes, brokers: int) -> list[dict[str, Any]]:
    """What so many brokers answer to a question to all."""
    answers = await client.subscribe(inbox := client.new_inbox())
    try:
        await client.publish(subject, data, reply=inbox)
        return [orjson.loads((await answers.next_msg(timeout=_ANSWERED_WITHIN)).data) for _ in range(brokers)]
    finally:
        with suppress(NatsError):
            await answers.unsubscribe()
