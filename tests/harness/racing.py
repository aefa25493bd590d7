"""Many writers on one case, through every agency's service at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping

from harness.running import CONSENT, Callers, read_log
from stafett.embedded.bus import FIVE


async def race(callers: Callers, *, writers: int, rounds: int) -> Mapping[str, float]:
    """Let each writer issue `rounds` events, one after the other; check that none was lost, doubled or misplaced.

    What was measured: events, seconds and events per second.
    """
    case_id = await callers.shared_case()
    before = await callers.agreed_version(case_id, 1)
    statuses: Counter[int] = Counter()
    accepted: dict[str, int] = {}

    async def write(writer: int) -> None:
        agency = FIVE[writer % len(FIVE)]
        for _ in range(rounds):
            answer = await callers.issue(agency, case_id, CONSENT)
            statuses[answer.status_code] += 1
            if answer.status_code == 201:
                accepted[answer.json()["event_id"]] = answer.json()["version"]

    began = time.monotonic()
    await asyncio.gather(*map(write, range(writers)))
    seconds = time.monotonic() - began
    await callers.nothing_pending()
    last = await callers.agreed_version(case_id, before + writers * rounds)
    assert statuses.keys() <= {201, 202}, statuses
    assert last == before + writers * rounds

    history = await callers.history("police", case_id)
    assert [event["version"] for event in history] == list(range(1, last + 1))
    placed = {event["event_id"]: event["version"] for event in history}
    assert len(placed) == last, "an id stands twice"
    assert accepted.items() <= placed.items(), "an answer told another version than the history"
    assert [event["set_aside"] for event in history] == [None] * last

    in_log = [message.headers["ce-id"] for message in await read_log(callers.bus) if case_id in message.subject]
    assert in_log == list(placed), "the log holds the case's events in the order of their versions, and nothing else"
    return {"events": writers * rounds, "seconds": seconds, "per second": writers * rounds / seconds} | statuses_of(
        statuses
    )


def statuses_of(statuses: Counter[int]) -> dict[str, float]:
    """How often each status was answered."""
    return {str(status): float(count) for status, count in statuses.items()}
