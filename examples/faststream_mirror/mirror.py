"""Keeps an agency's cases in SQLite: an ordinary FastStream application, which needs no cryptography. See README.md."""

import asyncio
import json
import os
import sqlite3

from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.security import NatsNKey
from nats.js.api import ConsumerConfig

from stafett.events import NeedsAssessed
from stafett.feed import Entry, EventTold, Forgotten

database = sqlite3.connect(os.environ["MIRROR"], isolation_level=None)
database.execute("CREATE TABLE IF NOT EXISTS events (case_id, version, type, data, PRIMARY KEY (case_id, version))")
broker = NatsBroker(os.environ["STAFETT_PRIVATE_BROKER"], security=NatsNKey(os.environ["STAFETT_PRIVATE_KEY"]))
app = FastStream(broker)


@broker.subscriber(
    f"agency.{os.environ['STAFETT_AGENCY']}.*.*.*",
    stream=JStream("FEED", declare=False),
    durable="mirror",
    config=ConsumerConfig(max_ack_pending=1, ack_wait=5),  # in order, also after a crash
    pull_sub=PullSub(),
    ack_policy=AckPolicy.NACK_ON_ERROR,
)
async def keep(entry: Entry) -> None:
    """Apply one entry; it is acknowledged when this returns, so what a crash leaves open comes again."""
    match entry:
        case EventTold(case_id=case_id, version=version):
            row = (case_id, version, entry.type, json.dumps(entry.data))
            database.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", row)
            if isinstance(entry.event, NeedsAssessed) and entry.event.urgent:
                print(f"{case_id}: urgent: {', '.join(entry.event.urgent)}")  # noqa: T201 - it speaks to who runs it
        case Forgotten(why="erased" | "left", case_id=case_id):
            database.execute("DELETE FROM events WHERE case_id = ?", (case_id,))
        case Forgotten(why="replaced", case_id=case_id, version=version):
            database.execute("DELETE FROM events WHERE case_id = ? AND version > ?", (case_id, version))
        case Forgotten(why="everything"):
            database.execute("DELETE FROM events")


if __name__ == "__main__":
    asyncio.run(app.run())
