"""Bearer tokens: the service believes only those that its issuer signed for this agency and that are in force."""

from __future__ import annotations

import json
import re
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from bus.errors import StoreError
from gateway.auth import DevelopmentIssuer, TokenError, TokenVerifier

from .conftest import Edge

ISSUER = "urn:x-stafett:an-issuer"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = datetime(2024, 6, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        """Let time go by."""
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """The clock of the issuer and the verifier."""
    return Clock()


@pytest.fixture
def issuer(tmp_path: Path) -> DevelopmentIssuer:
    """An issuer with a new key."""
    return DevelopmentIssuer.load_or_create(tmp_path / "issuer", issuer=ISSUER)


@pytest.fixture
def verifier(issuer: DevelopmentIssuer, clock: Clock) -> TokenVerifier:
    """The police's verifier."""
    return TokenVerifier.from_file(issuer.jwks, issuer=ISSUER, audience="police", now=clock)


def signed(issuer: DevelopmentIssuer, clock: Clock, **changes: Any) -> str:
    """A token with some claims changed; None leaves a claim out."""
    moment = int(clock().timestamp())
    claims = {"iss": ISSUER, "aud": "police", "sub": "a", "roles": ["caseworker"], "exp": moment + 60} | changes
    key = issuer._private
    header = {"alg": "Ed25519", "kid": key.thumbprint()}
    return jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, key, algorithms=["Ed25519"])


def test_a_good_token_says_who_and_in_which_roles(
    issuer: DevelopmentIssuer, verifier: TokenVerifier, clock: Clock
) -> None:
    """Issued for the agency, in force."""
    token = issuer.issue("police", "a", ("caseworker", "auditor"), timedelta(minutes=1), clock)
    caller = verifier.verify(token)
    assert (caller.subject, caller.roles) == ("a", frozenset({"caseworker", "auditor"}))


def test_a_token_expires_even_when_remembered(issuer: DevelopmentIssuer, verifier: TokenVerifier, clock: Clock) -> None:
    """To the second."""
    token = issuer.issue("police", "a", ("caseworker",), timedelta(minutes=1), clock)
    verifier.verify(token)
    clock.advance(seconds=59)
    verifier.verify(token)
    clock.advance(seconds=1)
    with pytest.raises(TokenError, match="expired"):
        verifier.verify(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "urn:other"},
        {"iss": None},
        {"aud": "migration"},
        {"aud": ["migration", "iom"]},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"roles": None},
        {"roles": "caseworker"},
        {"roles": [1]},
        {"exp": None},
        {"exp": True},
        {"exp": "soon"},
        {"exp": 10**300},
        {"exp": 0},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
def test_a_token_with_other_claims_is_not_believed(
    issuer: DevelopmentIssuer, verifier: TokenVerifier, clock: Clock, changes: dict[str, Any]
) -> None:
    """Every claim counts."""
    verifier.verify(signed(issuer, clock))
    with pytest.raises(TokenError):
        verifier.verify(signed(issuer, clock, **changes))


def test_a_token_may_be_for_several_agencies(issuer: DevelopmentIssuer, verifier: TokenVerifier, clock: Clock) -> None:
    """As long as this one is among them."""
    verifier.verify(signed(issuer, clock, aud=["iom", "police"]))


def test_only_the_issuers_key_and_algorithm_count(
    issuer: DevelopmentIssuer, verifier: TokenVerifier, clock: Clock
) -> None:
    """Not another key, no `none`, and not the public key taken for a shared secret."""
    good = signed(issuer, clock)
    header, payload, signature = good.split(".")
    claims = {"iss": ISSUER, "aud": "police", "sub": "a", "roles": [], "exp": int(clock().timestamp()) + 60}
    published = json.loads(issuer.jwks.read_text())["keys"][0]
    secret = OctKey.import_key(published["x"])
    other = OKPKey.generate_key("Ed25519", private=True)
    forged = [
        jwt.encode({"alg": "Ed25519", "kid": published["kid"]}, claims, other, algorithms=["Ed25519"]),
        jwt.encode({"alg": "Ed25519"}, claims, other, algorithms=["Ed25519"]),
        jwt.encode({"alg": "HS256", "kid": published["kid"]}, claims, secret, algorithms=["HS256"]),
        f"eyJhbGciOiJub25lIn0.{payload}.",
        f"{header}.{payload}.",
        f"{header}.{payload[:-2]}AA.{signature}",
        "",
        ".",
        "a.b.c",
        "a.b.c.d.e",
        "räksmörgås",
        "x" * 10_000,
        "\udcff",
    ]
    for token in forged:
        with pytest.raises(TokenError):
            verifier.verify(token)


def test_a_withdrawn_key_is_no_longer_believed(
    issuer: DevelopmentIssuer, verifier: TokenVerifier, clock: Clock, tmp_path: Path
) -> None:
    """A change of the file forgets every remembered token and takes the new keys."""
    old = issuer.issue("police", "a", ("caseworker",), timedelta(hours=1), clock)
    verifier.verify(old)
    replaced = DevelopmentIssuer.load_or_create(tmp_path / "new", issuer=ISSUER)
    issuer.jwks.write_text(replaced.jwks.read_text())
    clock.advance(seconds=6)
    with pytest.raises(TokenError):
        verifier.verify(old)
    verifier.verify(replaced.issue("police", "a", ("caseworker",), timedelta(hours=1), clock))


def test_the_development_key_is_its_owners_alone(issuer: DevelopmentIssuer) -> None:
    """Kept between starts, with mode 600, and refused when others may read it."""
    path = issuer.jwks.with_name("issuer.pem")
    assert path.stat().st_mode & 0o777 == 0o600
    again = DevelopmentIssuer.load_or_create(path.parent, issuer=ISSUER)
    assert again._private.thumbprint() == issuer._private.thumbprint()
    assert "d" not in json.loads(issuer.jwks.read_text())["keys"][0]
    path.chmod(0o644)
    with pytest.raises(StoreError):
        DevelopmentIssuer.load_or_create(path.parent, issuer=ISSUER)


def test_a_refused_token_leaves_nothing_behind(verifier: TokenVerifier) -> None:
    """However many are refused: an error that is raised again would keep every token's frames."""
    depths = []
    for number in range(5):
        with pytest.raises(TokenError) as refused:
            verifier.verify(f"{number}" * 5000)
        depths.append(len(list(traceback.walk_tb(refused.value.__traceback__))))
    assert len(set(depths)) == 1


def test_remembered_tokens_are_bounded(
    issuer: DevelopmentIssuer, verifier: TokenVerifier, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many callers there are."""
    monkeypatch.setattr("gateway.auth.verifier._REMEMBERED", 3)
    for number in range(6):
        verifier.verify(signed(issuer, clock, sub=str(number)))
    assert len(verifier._known) == 3


PROTECTED = [
    ("GET", "/v1/cases"),
    ("POST", "/v1/cases"),
    ("GET", "/v1/cases/x"),
    ("GET", "/v1/cases/x/events"),
    ("GET", "/v1/cases/x/events/y"),
    ("POST", "/v1/cases/x/events"),
    ("GET", "/v1/submissions/x"),
    ("GET", "/v1/needs-attention"),
    ("GET", "/v1/quarantine"),
    ("GET", "/v1/missing-keys"),
    ("GET", "/v1/statistics/cells?year=2026"),
    ("GET", "/v1/tasks"),
    ("GET", "/v1/deadlines"),
    ("GET", "/v1/rules"),
    ("GET", "/v1/events"),
    ("GET", "/v1/live"),
    ("GET", "/v1/feed"),
    ("GET", "/v1/feed/stream"),
    ("GET", "/v1/cases/x/actions"),
    ("GET", "/v1/cases/x/assistance"),
    ("GET", "/v1/cases/x/deadlines"),
    ("GET", "/v1/cases/x/offers/y/preview"),
    ("GET", "/v1/cases/x/offers/y/next-recipients"),
    ("GET", "/v1/cases/x/offers/y/form"),
    ("GET", "/v1/cases/x/personal-details"),
    ("POST", "/v1/cases/x/personal-details"),
    ("POST", "/v1/cases/x/personal-details/readings"),
    ("GET", "/v1/cases/x/readings"),
    ("GET", "/v1/cases/x/readings/report"),
    ("POST", "/v1/cases/x/receipts"),
    ("POST", "/v1/shown-receipts"),
    ("GET", "/v1/cases/x/replay"),
    ("GET", "/v1/cases/x/replay/difference?from=1&to=1"),
    ("GET", "/v1/openings"),
    ("GET", "/v1/kept-records"),
    ("GET", "/v1/kept-records/x"),
    ("DELETE", "/v1/kept-records/of-case/x"),
    ("GET", "/v1/consent-texts"),
    ("GET", "/v1/cases/x/erasures"),
    ("POST", "/v1/cases/x/erasures"),
    ("GET", "/v1/offers"),
    ("POST", "/v1/tasks/x/done"),
    ("POST", "/v1/needs-attention/x/dismissed"),
    ("GET", "/v1/dismissals"),
    ("GET", "/v1/hotline"),
    ("GET", "/v1/contacts"),
    ("GET", "/v1/coordinators"),
    ("GET", "/v1/municipalities"),
    ("GET", "/v1/municipalities/x"),
    ("GET", "/v1/directory"),
    ("GET", "/v1/directory/providers"),
    ("GET", "/v1/directory/capacity"),
    ("GET", "/v1/directory/trainings"),
    ("GET", "/v1/directory/delegates"),
    ("GET", "/v1/missing-keys"),
    ("GET", "/v1/subscribers"),
    ("GET", "/v1/subscribers/x"),
    ("PATCH", "/v1/subscribers/x"),
    ("DELETE", "/v1/subscribers/x"),
    ("GET", "/v1/subscribers/x/owed"),
    ("POST", "/v1/subscribers/x/replay"),
    ("POST", "/v1/subscribers/x/skip"),
    ("GET", "/v1/webhooks"),
    ("POST", "/v1/webhooks"),
    ("GET", "/v1/webhooks/x"),
    ("PATCH", "/v1/webhooks/x"),
    ("DELETE", "/v1/webhooks/x"),
    ("POST", "/v1/webhooks/x/rotate"),
    ("POST", "/v1/webhooks/x/ping"),
    ("GET", "/v1/webhooks/x/dead-letters"),
    ("POST", "/v1/webhooks/x/dead-letters/redeliver"),
    ("POST", "/v1/webhooks/x/dead-letters/1/redeliver"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_nothing_about_cases_is_open(edge: Edge, method: str, path: str) -> None:
    """Without a token, with a bad one, with one that has no business here."""
    for sent, error in ((None, None), ("Basic YTpi", None), ("Bearer x", "invalid_token")):
        answer = await edge.http.request(method, path, headers={} if sent is None else {"Authorization": sent})
        assert answer.status_code == 401
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith("Bearer ") and (error is None or f'error="{error}"' in challenge)
    answer = await edge.http.request(method, path, headers=edge.headers("gardener"))
    assert answer.status_code == 403


async def test_every_route_is_either_protected_or_meant_to_be_open(edge: Edge) -> None:
    """A new route is added to one of the two lists."""
    document = (await edge.http.get("/openapi.json")).json()
    operations = {
        (method.upper(), re.sub(r"\{[a-z_]+\}", "x", path))
        for path, item in document["paths"].items()
        for method in item
    }
    protected = {
        (method, path.partition("?")[0].replace("/y", "/x").replace("/1/", "/x/")) for method, path in PROTECTED
    }
    open_to_all = {"/health/live", "/health/ready", "/metrics", "/openapi.json", "/asyncapi.json", "/api-info"}
    open_to_all |= {"/schemas", "/schemas/x"}
    by_link = {("GET", "/answers/x"), ("POST", "/answers/x")}
    assert operations - protected == {("GET", path) for path in open_to_all} | by_link
    assert protected <= operations


@pytest.mark.parametrize("role", ["auditor", "caseworker", "investigation-leader"])
async def test_reading_takes_any_of_the_agencys_roles(edge: Edge, role: str) -> None:
    """An auditor reads as well."""
    assert (await edge.http.get("/v1/cases", headers=edge.headers(role))).status_code == 200
