"""A service believes a real OpenID provider: its people and systems, its new keys, and no forger beside it."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from harness.identity import Provider, new_keys
from harness.waiting import LoopLag, eventually
from joserfc import jwt

from bus.node import Node
from bus.operator.provision import Layout
from bus.settings import BusSettings
from contracts.event.case_event import EVENTS
from gateway.app import create_app
from gateway.auth import DevelopmentIssuer, TokenVerifier
from gateway.auth.claims import ClaimRules
from gateway.auth.provider import BELIEVED_FOR, LOOK_AGAIN_AFTER, ProviderKeys
from services import mandate_of

from .conftest import DETECTION, Past

CASE = f"/v1/cases/{uuid4()}/events"
ROLES = "realm_access.roles"


class Clock:
    """The true time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Believer:
    """The police's service, which believes the provider."""

    http: httpx.AsyncClient
    keys: ProviderKeys
    clock: Clock

    async def get(self, token: str, path: str = "/v1/cases") -> httpx.Response:
        """What a caller with the token is answered."""
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})

    async def post(self, token: str, body: Any, path: str = "/v1/cases") -> httpx.Response:
        """What a caller who sends the body with the token is answered."""
        return await self.http.post(path, json=body, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The provider; a test that stops it starts it again."""
    with Provider(tmp_path_factory.mktemp("provider"), audience="police") as started:
        yield started


@pytest.fixture(scope="module")
def anna(provider: Provider) -> dict[str, str]:
    """The tokens of a caseworker."""
    return provider.logged_in("ES256", "anna", "openid groups")


@pytest.fixture
async def believer(
    provider: Provider, provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path
) -> AsyncIterator[Believer]:
    """A service with an empty store and no broker."""
    layout, _ = provisioned
    settings = BusSettings(
        agency="police",
        home=layout.home("police"),
        root=layout.root,
        servers=("nats://127.0.0.1:1",),
        monitors=(),
        store={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")},
    )
    clock = Clock()
    node = Node(settings, mandate_of("police"), now=clock, new_id=lambda: str(uuid4()))
    keys = ProviderKeys(provider.issuer, clock)
    verifier = TokenVerifier(keys, ClaimRules(provider.issuer, "police", ROLES), clock)
    app = create_app(node, mandate_of("police"), verifier=verifier, clock=clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://police") as http,
    ):
        await Past(node, layout).founds()
        yield Believer(http, keys, clock)


def claims(provider: Provider, **changes: Any) -> dict[str, Any]:
    """What an access token of a caseworker says, with some of it changed; None leaves a claim out."""
    now = int(datetime.now(UTC).timestamp())
    good = {"iss": provider.issuer, "aud": "police", "sub": "anna", "realm_access": {"roles": ["caseworker"]}}
    stated = good | {"iat": now, "exp": now + 60} | changes
    return {name: value for name, value in stated.items() if value is not None}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_who_logs_in_at_the_provider_is_known_here(
    provider: Provider, believer: Believer, algorithm: str
) -> None:
    """By the roles that the provider's groups give, and no further."""
    anna = (await asyncio.to_thread(provider.logged_in, algorithm, "anna", "openid groups"))["access_token"]
    assert (await believer.get(anna)).status_code == 200
    assert (await believer.post(anna, DETECTION)).status_code == 202
    answer = await believer.post(anna, {"type": "InvestigationOpened", "data": {}}, CASE)
    assert (answer.status_code, answer.json()["role"]) == (403, "investigation-leader")
    leo = (await asyncio.to_thread(provider.logged_in, algorithm, "leo", "openid"))["access_token"]
    assert (await believer.post(leo, {"type": "InvestigationOpened", "data": {}}, CASE)).status_code == 422
    gardener = (await asyncio.to_thread(provider.logged_in, algorithm, "gun", "openid"))["access_token"]
    assert (await believer.get(gardener)).json()["type"] == "urn:x-stafett:problem:missing-role"


async def test_an_id_token_is_no_access_token(believer: Believer, anna: dict[str, str]) -> None:
    """It is meant for the client at which its holder logged in, not for the agency."""
    answer = await believer.get(anna["id_token"])
    assert answer.status_code == 401 and "meant for another" in answer.json()["detail"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_system_reaches_as_far_as_its_scopes(provider: Provider, believer: Believer, algorithm: str) -> None:
    """Each route takes one, and says which."""
    reader = provider.of_a_system(algorithm, "cases:read")
    assert (await believer.get(reader)).status_code == 200
    others = {"/v1/tasks": "work:read", "/v1/needs-attention": "work:read", "/v1/events": "directory:read"}
    for path, scope in others.items():
        answer = await believer.get(reader, path)
        assert (answer.status_code, answer.json()["scope"]) == (403, scope)
        challenge = 'error="insufficient_scope", scope="' + scope + '"'
        assert challenge in answer.headers["www-authenticate"]
        assert (await believer.get(provider.of_a_system(algorithm, scope), path)).status_code == 200
    assert (await believer.post(reader, DETECTION)).json()["scope"] == "events:write"


async def test_a_system_issues_what_its_scopes_name(provider: Provider, believer: Believer) -> None:
    """What takes a caseworker by the wide scope; what takes more, only by its own name."""
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    investigation = {"type": "InvestigationOpened", "data": {}}
    wide = provider.of_a_system("ES256", "events:write")
    assert (await believer.post(wide, DETECTION)).status_code == 202
    assert (await believer.post(wide, consent, CASE)).status_code == 404
    answer = await believer.post(wide, investigation, CASE)
    assert (answer.status_code, answer.json()["scope"]) == (403, "events:write:InvestigationOpened")
    detections = provider.of_a_system("ES256", "events:write:VictimDetected")
    assert (await believer.post(detections, DETECTION)).status_code == 202
    answer = await believer.post(detections, consent, CASE)
    assert (answer.status_code, answer.json()["scope"]) == (403, "events:write:ConsentGiven")
    assert (await believer.get(detections)).status_code == 403
    named = provider.of_a_system("ES256", "events:write:InvestigationOpened")
    assert (await believer.post(named, investigation, CASE)).status_code == 422


async def test_a_system_is_warned_as_a_person_is(provider: Provider, believer: Believer) -> None:
    """It asks whoever wrote the text, or sends without it."""
    system = provider.of_a_system("ES256", "events:write")
    answer = await believer.post(system, {**DETECTION, "note": "Sover hos Amina Warsame."})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:x-stafett:problem:free-text-suspected")


async def test_scopes_narrow_what_a_persons_roles_give(provider: Provider, believer: Believer) -> None:
    """They never widen it, and a person without a role here gains none by them."""
    reading = provider.logged_in("ES256", "anna", "openid cases:read")["access_token"]
    assert (await believer.get(reading)).status_code == 200
    assert (await believer.get(reading, "/v1/tasks")).status_code == 403
    assert (await believer.post(reading, DETECTION)).status_code == 403
    wider = provider.logged_in("ES256", "anna", "openid events:write:InvestigationOpened")["access_token"]
    answer = await believer.post(wider, {"type": "InvestigationOpened", "data": {}}, CASE)
    assert answer.json()["type"] == "urn:x-stafett:problem:missing-role"
    gardener = provider.logged_in("ES256", "gun", "openid cases:read")["access_token"]
    assert (await believer.get(gardener)).json()["type"] == "urn:x-stafett:problem:missing-role"


async def test_every_listed_algorithm_is_believed(provider: Provider, believer: Believer) -> None:
    """By the key that fits it; Ed25519 by its old name too."""
    for key, algorithm in (("RS256", "RS256"), ("RS256", "PS256"), ("ES256", "ES256"), ("Ed25519", "Ed25519")):
        token = provider.forged(key, {"alg": algorithm}, claims(provider))
        assert (await believer.get(token)).status_code == 200, algorithm
    token = provider.forged("Ed25519", {"alg": "EdDSA", "typ": None}, claims(provider))
    assert (await believer.get(token)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://login.example"},
        {"iss": None},
        {"aud": "migration"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000, "exp": 4_000_000_060},
        {"iat": "now"},
        {"sub": None},
        {"sub": "x" * 256},
        {"realm_access": None},
        {"realm_access": {"roles": ["caseworker"] * 257}},
        {"realm_access": {"roles": "caseworker"}},
        {"scope": ["cases:read"]},
        {"scope": " ".join(f"s{number}" for number in range(257))},
    ],
    ids=lambda changes: str(changes)[:60],
)
async def test_the_providers_very_key_does_not_make_up_for_claims(
    provider: Provider, believer: Believer, changes: dict[str, Any]
) -> None:
    """Issuer, audience, times, holder, roles, scopes: each counts."""
    answer = await believer.get(provider.forged("ES256", {}, claims(provider, **changes)))
    assert answer.status_code == 401 and 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_an_empty_scope_reaches_nothing(provider: Provider, believer: Believer) -> None:
    """Nor does one for another service."""
    for scope in ("", "calendar:read"):
        answer = await believer.get(provider.forged("ES256", {}, claims(provider, scope=scope)))
        assert answer.status_code == 403, scope


def with_a_shared_secret(header: dict[str, Any], said: dict[str, Any], secret: bytes) -> str:
    """A token whose signature is an HMAC; joserfc would not make one with a public key."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, said)]
    signature = hmac.digest(secret, b".".join(parts), "sha256")
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


async def test_a_header_does_not_choose_how_it_is_believed(provider: Provider, believer: Believer) -> None:
    """No algorithm confusion, no key of the caller's own, no extension, no token of another kind."""
    rsa, ec, said = provider.key("RS256"), provider.key("ES256"), claims(provider)
    secrets = [rsa.as_pem(private=False), str(rsa.as_dict(private=False)["n"]).encode()]
    forged = [with_a_shared_secret({"alg": "HS256", "kid": rsa.kid}, said, secret) for secret in secrets]
    own = new_keys()[1]
    for extra in ({}, {"jwk": own.as_dict(private=False)}, {"jku": "http://127.0.0.1:1/jwks"}):
        for kid in (ec.kid, own.kid, None):
            header = {"alg": "ES256", **extra} | ({"kid": kid} if kid else {})
            forged.append(jwt.encode(header, said, own, ["ES256"]))
    none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"
    forged.append(f"{none}.{provider.forged('ES256', {}, said).split('.')[1]}.")
    forged += [
        provider.forged("RS256", {"kid": ec.kid}, said),
        provider.forged("ES256", {"kid": rsa.kid}, said),
        provider.forged("RS256", {"alg": "RS384"}, said),
        provider.forged("ES256", {"typ": "logout+jwt"}, said),
        provider.forged("ES256", {"typ": "dpop+jwt"}, said),
        provider.forged("ES256", {"crit": ["b64"], "b64": True}, said),
        provider.forged("ES256", {"kid": None, "alg": "ES256"}, said)[:-4] + "AAAA",
        provider.forged("ES256", {}, claims(provider, padding="x" * 8192)),
    ]
    for token in forged:
        assert (await believer.get(token)).status_code == 401, token[:40]


async def test_a_flood_of_unknown_keys_asks_the_provider_once(provider: Provider, believer: Believer) -> None:
    """However many tokens name keys that nobody has; the true ones are answered as ever."""
    good = provider.of_a_system("ES256", "cases:read")
    assert (await believer.get(good)).status_code == 200
    before = provider.asked()
    believer.clock.ahead += timedelta(seconds=LOOK_AGAIN_AFTER + 1)
    flood = [provider.forged("ES256", {"kid": f"k{number}"}, claims(provider)) for number in range(300)]
    answers = await asyncio.gather(*(believer.get(token) for token in flood))
    answers += [await believer.get(token) for token in flood[:50]]
    assert {answer.status_code for answer in answers} == {401}
    assert provider.asked() - before == 1
    assert (await believer.get(good)).status_code == 200


async def test_openapi_says_where_to_get_a_token(provider: Provider, believer: Believer) -> None:
    """As discovery has it, with the scope that each operation takes."""
    await believer.keys.ask()
    document = (await believer.http.get("/openapi.json")).json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["openIdConnect"]["openIdConnectUrl"] == f"{provider.issuer}/.well-known/openid-configuration"
    flow = schemes["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == f"{provider.issuer}/oauth/token"
    assert {"cases:read", "events:write", "work:read", "directory:read"} <= set(flow["scopes"])
    assert document["paths"]["/v1/cases"]["post"]["security"] == [
        {name: ["events:write"]} for name in ("bearer", "openIdConnect", "oauth2")
    ]
    assert document["paths"]["/health/live"]["get"]["security"] == []


async def test_nobodys_name_is_logged(
    provider: Provider, believer: Believer, anna: dict[str, str], logged: StringIO
) -> None:
    """Not of those who were let in, nor of those who were not."""
    for token in (anna["access_token"], provider.forged("ES256", {}, claims(provider, sub="anna", aud="x"))):
        await believer.get(token)
        await believer.post(token, {"type": "InvestigationOpened", "data": {}}, CASE)
    assert '"status":401' in logged.getvalue() and '"status":403' in logged.getvalue()
    assert "anna" not in logged.getvalue() and provider.name not in logged.getvalue()


# What follows stops the provider.


async def test_a_provider_that_hangs_holds_up_nobody_else(provider: Provider, believer: Believer) -> None:
    """Who names an unknown key waits; all others are answered, and the event loop goes on."""
    good = provider.of_a_system("ES256", "cases:read")
    assert (await believer.get(good)).status_code == 200
    believer.clock.ahead += timedelta(seconds=LOOK_AGAIN_AFTER + 1)
    try:
        provider.hold_still()
        async with LoopLag() as lag:
            waiting = asyncio.create_task(believer.get(provider.forged("ES256", {"kid": "new"}, claims(provider))))
            await eventually(lambda: believer.keys._asking is not None)
            for _ in range(50):
                assert (await believer.get(good)).status_code == 200
        assert not waiting.done() and lag.worst < 1.0
    finally:
        await asyncio.to_thread(provider.stop)
        await asyncio.to_thread(provider.start)
    answer = await waiting
    assert answer.json()["type"] == "urn:x-stafett:problem:issuer-away"


async def test_the_last_keys_are_believed_for_a_while(provider: Provider, believer: Believer, logged: StringIO) -> None:
    """With the provider away: what it signed counts until the keys are too old, then nothing does, until it is back."""
    said = claims(provider, exp=int(datetime.now(UTC).timestamp()) + 90_000)
    good, unknown = provider.forged("RS256", {}, said), provider.forged("RS256", {"kid": "new"}, said)
    assert (await believer.get(good)).status_code == 200
    await asyncio.to_thread(provider.stop)
    try:
        await believer.keys.ask()
        assert '"reason":"unreachable"' in logged.getvalue()
        assert (await believer.get(good)).status_code == 200
        answer = await believer.get(unknown)
        assert answer.json()["type"] == "urn:x-stafett:problem:issuer-away" and answer.headers["retry-after"]
        believer.clock.ahead += BELIEVED_FOR - timedelta(minutes=1)
        assert (await believer.get(good)).status_code == 200
        believer.clock.ahead += timedelta(minutes=2)
        assert (await believer.get(good)).status_code == 503
    finally:
        await asyncio.to_thread(provider.start)
    await believer.keys.ask()
    assert (await believer.get(good)).status_code == 200
    assert (await believer.get(unknown)).status_code == 401


async def test_new_keys_count_at_once_and_old_ones_no_more(provider: Provider, believer: Believer) -> None:
    """After the provider rotated them, and came back with the same name."""
    old = provider.of_a_system("ES256", "cases:read")
    assert (await believer.get(old)).status_code == 200
    await asyncio.to_thread(provider.rotate)
    assert (await believer.get(old)).status_code == 200  # nobody has told the service yet
    believer.clock.ahead += timedelta(seconds=LOOK_AGAIN_AFTER + 1)
    for algorithm in ("ES256", "RS256"):
        assert (await believer.get(provider.of_a_system(algorithm, "cases:read"))).status_code == 200
    assert (await believer.get(old)).status_code == 401
