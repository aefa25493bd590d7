"""The bus's streams at the brokers: we create them, or bring them up to the configuration here.

A full stream refuses the next message with an answer, and loses nothing. The log's limit is below what the brokers can
hold, so that grants and personal records still have room when the log is full.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import orjson
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import Error as JetStreamError

from bus.envelope.envelope import MESSAGE_BYTES
from bus.errors import BrokerAwayError, StoreError
from bus.nats.client import Client
from bus.nats.erasable_streams import DUPLICATES_WITHIN, erasable_streams
from bus.nats.log import STREAM, SUBJECTS
from bus.nats.tls import Tls, connection_options

SHARE: Final = 0.75
"""The log's share of what the brokers can hold."""

_ANSWERED_WITHIN: Final = 5.0
_CLOCKS: Final = "CLOCKS"
_NO_STREAM: Final = 10059
_NO_ROOM: Final = 10047
_BROUGHT_UP: Final = ("duplicate_window", "max_msg_size", "allow_atomic")


def log_stream(replicas: int) -> StreamConfig:
    """Return the configuration of the log. Nothing is ever removed from it. `replicas`: on how many brokers it is."""
    return StreamConfig(
        name=STREAM,
        subjects=[SUBJECTS],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        max_msg_size=MESSAGE_BYTES,
        duplicate_window=DUPLICATES_WITHIN,
        num_replicas=replicas,
        deny_delete=True,
        deny_purge=True,
        allow_rollup_hdrs=False,
        allow_atomic=False,  # an agency could fill the broker's memory with batches that it never finishes
    )


async def create_streams(
    servers: Iterable[str],
    administrator: Path,
    *,
    replicas: int,
    most_bytes: int | None = None,
    room: int | None = None,
    tls: Tls | None = None,
    within: float = 30.0,
) -> None:
    """Create the streams CASES, KEYS and PERSONAL, or bring them up to the configuration here. Remove an old CLOCKS.

    `most_bytes`: the log's limit. Without it, the log keeps its limit; if it has none, it gets its share of `room`.
    `room`: the bytes that each broker can hold. `within`: seconds. Raises BrokerAwayError when that does not succeed in
    time, StoreError when a stream is another version's or there is no room.
    """
    client = Client()
    try:
        async with asyncio.timeout(within):
            await client.connect(
                list(servers),
                user_credentials=str(administrator),
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                **connection_options(tls),
            )
            for config in (log_stream(replicas), *erasable_streams(replicas)):
                await _when_there_is_a_leader(client, config, most_bytes, room)
            await _remove_clocks(client)
    except TimeoutError as error:
        raise BrokerAwayError("the stream could not be created in time") from error
    finally:
        await client.close()


async def _when_there_is_a_leader(
    client: Client, config: StreamConfig, most_bytes: int | None, room: int | None
) -> None:
    bounded = config.name == STREAM
    while True:
        try:
            await _bring_about(client, config.as_dict(), most_bytes if bounded else None, room if bounded else None)
        except (JetStreamError, NatsError):
            await asyncio.sleep(0.1)
        else:
            return


async def _bring_about(client: Client, wanted: dict[str, Any], most_bytes: int | None, room: int | None) -> None:
    name = wanted["name"]
    info = await _asked(client, f"STREAM.INFO.{name}", {})
    if info.get("error", {}).get("err_code") == _NO_STREAM:
        limit = most_bytes or (int(room * SHARE) if room else -1)
        _require_taken(name, await _asked(client, f"STREAM.CREATE.{name}", wanted | {"max_bytes": limit}))
        return
    if "error" in info:
        raise JetStreamError(info["error"].get("description"))
    there = info["config"]
    _require_ours(name, there, wanted)
    brought_up = there | {key: wanted[key] for key in _BROUGHT_UP if key in wanted}
    share = int(room * SHARE) if room and there["max_bytes"] < 0 else 0
    if most_bytes or share > info["state"]["bytes"]:
        brought_up["max_bytes"] = most_bytes or share
    if brought_up != {"allow_atomic": False} | there:
        _require_taken(name, await _asked(client, f"STREAM.UPDATE.{name}", brought_up))


async def _remove_clocks(client: Client) -> None:
    """Delete the stream of alarms that an earlier release kept at the broker; now deadlines follow from the cases."""
    while True:
        answer = await _asked(client, f"STREAM.DELETE.{_CLOCKS}", {})
        if answer.get("error", {}).get("err_code", _NO_STREAM) == _NO_STREAM:
            return
        await asyncio.sleep(0.1)  # the cluster has no leader yet


def _require_ours(name: str, there: dict[str, Any], wanted: dict[str, Any]) -> None:
    if there["subjects"] != wanted["subjects"]:
        raise StoreError(f"the stream {name} is that of another version of Stafett: begin with a new folder")
    if there.get("persist_mode", "default") == "async":
        raise StoreError(f"the stream {name} acknowledges before it writes (persist_mode: async): it must be made anew")


def _require_taken(name: str, answer: dict[str, Any]) -> None:
    error = answer.get("error")
    if error is None:
        return
    if error.get("err_code") == _NO_ROOM:
        raise StoreError(f"the brokers have no room for the stream {name} as large as that: give a lower --log-limit")
    raise JetStreamError(error.get("description"))


async def _asked(client: Client, api: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = await client.request(f"$JS.API.{api}", orjson.dumps(request), timeout=_ANSWERED_WITHIN)
    content: dict[str, Any] = orjson.loads(answer.data)
    return content
