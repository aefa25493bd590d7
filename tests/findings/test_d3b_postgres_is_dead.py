"""Deployment 3b: PostgreSQL dies. Health says so within seconds, requests are answered, and the service recovers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from harness.bus import Bus
from harness.gateways import Gateway, gateways
from harness.mortal_postgres import mortal_postgres
from harness.waiting import eventually

pytestmark = pytest.mark.long

NGO = "ngo-fyren"
AGENCIES = (NGO, "police", "coordinator")
SEEN_WITHIN, ANSWERED_WITHIN, BACK_WITHIN = 5.0, 5.0, 20.0
MANY = 30  # a store has three threads for reading
CONSULTATION = {"type": "ConsultationRequested", "data": {"topic": "referral", "question": "Which shelter has room?"}}


async def answered(asked: Any, within: float = ANSWERED_WITHIN) -> httpx.Response:
    """The answer, which must come in time."""
    since = monotonic()
    try:
        async with asyncio.timeout(within):
            answer: httpx.Response = await asked
            return answer
    except TimeoutError:
        raise AssertionError(f"no answer within {monotonic() - since:.1f} s") from None


async def health(at: Gateway) -> httpx.Response:
    """What an operator's probe reads."""
    return await answered(at.http.get("/health/ready"))


async def test_health_is_red_while_postgres_is_dead_and_green_after(tmp_path: Path) -> None:
    """The store is named, though nobody asks the service anything else; another agency stays well."""
    with mortal_postgres() as postgres:
        stores = {NGO: postgres.environment}
        async with Bus(tmp_path, *AGENCIES, stores=stores, start=False) as bus, gateways(bus, tmp_path) as at:
            assert (await health(at[NGO])).status_code == 200
            await asyncio.to_thread(postgres.kill)

            async def red() -> bool:
                return (await health(at[NGO])).status_code == 503

            try:
                await eventually(red, within=SEEN_WITHIN)
                assert (await health(at[NGO])).json()["store"], "the answer does not name the store"
                assert (await health(at["police"])).status_code == 200
            finally:
                await asyncio.to_thread(postgres.start)

            async def green() -> bool:
                return not await red()

            await eventually(green, within=BACK_WITHIN)


async def test_requests_are_answered_while_postgres_is_dead(tmp_path: Path) -> None:
    """With 503, also those that come again under their idempotency key, which is taken once the store is back."""
    with mortal_postgres() as postgres:
        stores = {NGO: postgres.environment}
        async with Bus(tmp_path, *AGENCIES, stores=stores, start=False) as bus, gateways(bus, tmp_path) as at:
            case_id = (await bus.detect(NGO)).case_id
            path, key = f"/v1/cases/{case_id}/events", {"Idempotency_Key": "once"}
            await asyncio.to_thread(postgres.kill)
            try:
                asked = [answered(at[NGO].get("/v1/cases")) for _ in range(MANY)]
                assert {answer.status_code for answer in await asyncio.gather(*asked)} == {503}
                sent = [answered(at[NGO].post(path, CONSULTATION, **key)) for _ in range(MANY)]
                told = {answer.status_code for answer in await asyncio.gather(*sent)}
                assert told <= {503, 409} and 503 in told  # 409: another one with this key is being judged
            finally:
                await asyncio.to_thread(postgres.start)
            await bus.ready(NGO, within=BACK_WITHIN)
            # The first text that agencies write to each other in a case takes a key, and so the store once more.
            assert (await answered(at[NGO].post(path, CONSULTATION, **key))).status_code in (201, 202)

            async def in_the_log() -> bool:
                log = [envelope.event_name for envelope in await bus.envelopes()]
                return log.count("ConsultationRequested") == 1

            await eventually(in_the_log, within=BACK_WITHIN)
            await bus.level()
            assert await in_the_log()
