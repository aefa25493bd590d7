"""The limits of how often and how much at once a caller may ask. A caller that has hung up costs nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from harness.waiting import eventually

from bus.envelope.envelope import MAX_BYTES
from bus.operator.provision import Layout
from bus.read_models.cases import ListedCase
from bus.read_models.lists import ListPage
from gateway.auth import DevelopmentIssuer
from gateway.middleware.limits import Buckets, Limits
from gateway.serving.request_heads import Bounds
from gateway.settings import SettingsError

from .conftest import DETECTION, Edge, opened
from .test_submitting_events import kind

Provisioned = tuple[Layout, DevelopmentIssuer]


class Stopwatch:
    """Seconds, as the test has them go by."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    """The clock of the limits."""
    return Stopwatch()


@pytest.fixture
async def edge(provisioned: Provisioned, tmp_path: Path, stopwatch: Stopwatch) -> AsyncIterator[Edge]:
    """The police's gateway, where a caller may ask five times a second and an address twice."""
    limits = Limits(per_caller=5, per_address=2, at_once=4, at_once_per_caller=2)
    async with opened(provisioned, "police", tmp_path, limits=limits, elapsed=stopwatch) as edge:
        yield edge


def test_a_bucket_fills_at_its_rate(stopwatch: Stopwatch) -> None:
    """Two seconds' worth at once, then one by one; it never holds more than that."""
    buckets = Buckets(10, stopwatch)
    assert [buckets.take("a") for _ in range(20)] == [0] * 20
    assert buckets.take("a") == pytest.approx(0.1)
    assert buckets.take("b") == 0
    stopwatch.seconds += 0.1
    assert [buckets.take("a") > 0 for _ in range(2)] == [False, True]
    stopwatch.seconds += 1000
    assert [buckets.take("a") > 0 for _ in range(21)] == [False] * 20 + [True]


def test_only_so_many_buckets_are_remembered(stopwatch: Stopwatch) -> None:
    """Those used last; one that is forgotten is full."""
    buckets = Buckets(1, stopwatch, remembered=3)
    for name in "abacd":
        buckets.take(name)
    assert list(buckets._full_at) == ["a", "c", "d"]


async def test_a_caller_who_asks_too_often_is_told_when_to_come_back(edge: Edge, stopwatch: Stopwatch) -> None:
    """429 as a problem with Retry-After, also with a second token of the same person; other callers are not held up."""
    for _ in range(10):
        assert (await edge.http.get("/v1/rules", headers=edge.headers())).status_code == 200
    for path in ("/v1/rules", "/v1/cases", "/nowhere"):
        late = await edge.http.get(path, headers=edge.headers("caseworker"))
        assert late.status_code == 429 and kind(late) == "too-many-requests"
        assert late.headers["retry-after"] == "1"
    post = await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())
    assert post.status_code == 429 and kind(post) == "too-many-requests"
    other = {"Authorization": f"Bearer {edge.token('caseworker', subject='other')}"}
    assert (await edge.http.get("/v1/rules", headers=other)).status_code == 200
    stopwatch.seconds += 0.2
    assert (await edge.http.get("/v1/rules", headers=edge.headers())).status_code == 200


async def test_who_shows_no_good_token_may_ask_less(edge: Edge) -> None:
    """By address, before any signature is checked; who is known already is served, and health always answers."""
    assert (await edge.http.get("/v1/rules", headers=edge.headers())).status_code == 200
    bad = {"Authorization": "Bearer e30.e30.e30"}
    statuses = [(await edge.http.get("/v1/rules", headers=bad)).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    for path in ("/v1/rules", "/openapi.json", "/metrics"):
        assert (await edge.http.get(path)).status_code == 429
    assert (await edge.http.get("/v1/rules", headers=edge.headers())).status_code == 200
    for _ in range(20):
        assert (await edge.http.get("/health/live")).status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("made up:", "made up:", True),
    ],
)
async def test_addresses_of_one_network_count_together(edge: Edge, first: str, second: str, together: bool) -> None:
    """An IPv6 caller has 64 bits of addresses to choose from."""
    answers = []
    for host in (first, second):
        transport = httpx.ASGITransport(edge.app, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://police") as http:
            answers += [(await http.get("/api-info")).status_code for _ in range(4)]
    assert answers == [200] * 4 + [429 if together else 200] * 4


async def test_one_caller_takes_part_of_what_is_answered_at_once(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """429 for one who has as many under way as a caller may, 503 for all when the service has; then both go on."""
    answering = asyncio.Event()

    async def slow(*_: object, **__: object) -> ListPage[ListedCase]:
        await answering.wait()
        return ListPage((), 0, complete=True)

    monkeypatch.setattr(edge.node.lists, "cases", slow)

    def listing(subject: str) -> asyncio.Task[httpx.Response]:
        headers = {"Authorization": f"Bearer {edge.token('caseworker', subject=subject)}"}
        return asyncio.create_task(edge.http.get("/v1/cases", headers=headers))

    greedy = [listing("a") for _ in range(4)]
    await eventually(lambda: len(edge.app.in_flight) == 2 and sum(task.done() for task in greedy) == 2)
    assert [task.result().status_code for task in greedy if task.done()] == [429, 429]
    others = [listing("b"), listing("c")]
    await eventually(lambda: len(edge.app.in_flight) == 4)
    busy = await listing("d")
    assert busy.status_code == 503 and kind(busy) == "busy" and busy.headers["retry-after"] == "1"
    assert (await edge.http.get("/health/live")).status_code == 200
    answering.set()
    answers = await asyncio.gather(*greedy, *others)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 429, 429]
    assert len(edge.app.in_flight) == 0 and (await edge.http.get("/v1/rules", headers=edge.headers())).is_success


async def test_the_limits_of_production_hold_up_no_agencys_system(edge: Edge) -> None:
    """2,000 requests a second, 4,000 at once, from one token; settings change that, and they must be numbers."""
    buckets = Buckets(Limits.from_environment({}).per_caller, Stopwatch())
    assert not any(buckets.take("system") for _ in range(4000))
    assert buckets.take("system") > 0
    assert Limits.from_environment({}) == Limits()
    named = {"STAFETT_CALLER_RATE": "50", "STAFETT_ADDRESS_RATE": "5", "STAFETT_AT_ONCE": "64"}
    assert Limits.from_environment(named) == Limits(50, 5, 64, 32)
    for text in ("0", "-1", "x", "1e3", "²", "10000000"):
        with pytest.raises(SettingsError, match="STAFETT_CALLER_RATE"):
            Limits.from_environment({"STAFETT_CALLER_RATE": text})


def test_the_documents_say_the_numbers() -> None:
    """Those that a service has."""
    documents = Path(__file__).parents[2] / "docs"
    http, deployment = ((documents / name).read_text() for name in ("http.md", "deployment.md"))
    limits, bounds = Limits(), Bounds()
    head = f"{bounds.head // 1024} KiB"
    assert f"{limits.per_caller:,.0f} a second, {2 * limits.per_caller:,.0f} at once" in http
    for number in (f"{limits.per_address:.0f} a second", f"| {limits.at_once_per_caller} |", f"| {limits.at_once} |"):
        assert number in http
    assert f"{head}, {bounds.headers} headers, whole within {bounds.seconds:.0f} s" in http
    assert f"| {bounds.connections} |" in http and f"| {bounds.idle} s |" in http
    assert f"{MAX_BYTES // 1024} KiB" in http
    assert f"{head} together, {bounds.headers} headers, whole within {bounds.seconds:.0f} seconds" in deployment
    assert f"{bounds.connections} connections at once" in deployment
