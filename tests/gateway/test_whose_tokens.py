"""The settings that say whose tokens a service believes, and the pseudonyms that it keeps of its callers."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest

from bus.errors import StoreError
from gateway.auth import Caller, DevelopmentIssuer, TokenError, TokenSettings
from gateway.auth.claims import ClaimRules
from gateway.auth.development import DEVELOPMENT
from gateway.auth.pseudonyms import Pseudonyms
from gateway.auth.settings import TokenSettingsError
from stafett.commands.main import main

from .test_nothing_leaks import lines

ISSUER = "https://login.example/realms/agency"


def test_an_issuer_by_its_address_is_asked_itself() -> None:
    """For the agency, by the claim `roles`, unless it is told otherwise."""
    settings = TokenSettings.from_environment("police", {"STAFETT_ISSUER": ISSUER})
    assert settings == TokenSettings(ClaimRules(ISSUER, "police", "roles", frozenset()), None)
    assert settings.verifier().keys.discovery_url == f"{ISSUER}/.well-known/openid-configuration"
    more = {"STAFETT_AUDIENCE": "https://police.example", "STAFETT_ROLES_CLAIM": "realm_access.roles"}
    more |= {"STAFETT_ISSUER": ISSUER, "STAFETT_SYSTEMS": "intake, archive", "STAFETT_JWKS": ""}
    rules = TokenSettings.from_environment("police", more).rules
    assert rules == ClaimRules(ISSUER, "https://police.example", "realm_access.roles", frozenset({"intake", "archive"}))


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example",
        "urn:x-stafett:somebody",
        "login.example",
        f"{ISSUER}?a=b",
        f"{ISSUER}#a",
        "",
        "https://anna:secret@login.example",
        "http://[x",
    ],
)
def test_an_address_that_others_could_answer_is_refused(issuer: str) -> None:
    """With what to do instead, and without repeating it."""
    with pytest.raises(TokenSettingsError, match="STAFETT_JWKS") as raised:
        TokenSettings.from_environment("police", {"STAFETT_ISSUER": issuer})
    assert not issuer or issuer not in str(raised.value)


def test_the_development_issuer_is_believed_only_by_name(tmp_path: Path, logged: StringIO) -> None:
    """And with a warning; asking for it while naming another is a mistake."""
    issuer = DevelopmentIssuer.load_or_create(tmp_path, issuer=DEVELOPMENT)
    environment = {"STAFETT_ISSUER": DEVELOPMENT, "STAFETT_JWKS": str(issuer.jwks)}
    for value in ("", "false", "1", "yes"):
        with pytest.raises(TokenSettingsError, match="STAFETT_DEVELOPMENT_ISSUER=true"):
            TokenSettings.from_environment("police", environment | {"STAFETT_DEVELOPMENT_ISSUER": value})
    asked_for = {"STAFETT_DEVELOPMENT_ISSUER": "true"}
    with pytest.raises(TokenSettingsError, match="the one or the other"):
        TokenSettings.from_environment("police", environment | asked_for | {"STAFETT_ISSUER": ISSUER})
    verifier = TokenSettings.from_environment("police", environment | asked_for).verifier()
    assert verifier.verify(issuer.issue("police", "a", ["caseworker"])).roles == {"caseworker"}
    (line,) = lines(logged)
    assert line["level"] == "warning" and "never in production" in line["event"]


def test_a_production_service_does_not_start_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends at once, and says why in one line."""
    for name in ("HOME", "ROOT", "NATS_URL", "JWKS"):
        monkeypatch.setenv(f"STAFETT_{name}", str(tmp_path))
    monkeypatch.setenv("STAFETT_ISSUER", DEVELOPMENT)
    assert main(["serve", "police"]) == 2
    said = capsys.readouterr().err
    assert "name your identity provider" in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("roles", {"roles": ["caseworker"]}),
        ("realm_access.roles", {"realm_access": {"roles": ["caseworker"]}}),
        ("resource_access.stafett.roles", {"resource_access": {"stafett": {"roles": ["caseworker"]}}}),
        ("https://stafett.example/roles", {"https://stafett.example/roles": ["caseworker"]}),
    ],
)
def test_roles_stand_where_the_provider_puts_them(path: str, claims: dict[str, object]) -> None:
    """Nested, or under a name that has dots itself."""
    rules = ClaimRules(ISSUER, "police", path)
    token = {"iss": ISSUER, "aud": "police", "sub": "a", "exp": 100}
    assert rules.caller({**token, **claims}, 0).roles == {"caseworker"}
    for elsewhere in ({}, {path.partition(".")[0]: "caseworker"}, {path.partition(".")[0]: {"roles": 1}}):
        with pytest.raises(TokenError):
            rules.caller({**token, **elsewhere}, 0)


def test_a_system_is_a_client_on_its_own_account() -> None:
    """By its subject, or because it is known by its id; with scopes in both cases."""
    rules = ClaimRules(ISSUER, "police", systems=frozenset({"intake"}))
    token = {"iss": ISSUER, "aud": "police", "exp": 100, "scope": "openid cases:read"}
    assert rules.caller({**token, "sub": "s", "client_id": "s"}, 0).system
    assert rules.caller({**token, "sub": "s", "azp": "s"}, 0).system
    assert rules.caller({**token, "sub": "0f", "azp": "intake"}, 0).system
    assert not rules.caller({**token, "sub": "anna", "azp": "console"}, 0).system
    assert not rules.caller({**token, "sub": "anna"}, 0).system
    assert rules.caller({**token, "sub": "anna"}, 0).scopes == frozenset({"cases:read"})
    assert rules.caller({**token, "sub": "anna", "scope": "openid profile", "roles": []}, 0).scopes is None


def a_caller(subject: str, issuer: str = ISSUER) -> Caller:
    """Somebody."""
    return Caller(subject, frozenset(), 0, issuer)


def test_a_pseudonym_is_one_persons_at_one_agency(tmp_path: Path) -> None:
    """The same each time, also after a restart; another for anybody else, and elsewhere."""
    for home in ("police", "ngo"):
        (tmp_path / home).mkdir()
    here, elsewhere = (Pseudonyms.load_or_create(tmp_path / home) for home in ("police", "ngo"))
    anna = here.of(a_caller("anna"))
    assert re.fullmatch("[0-9a-f]{16}", anna)
    assert Pseudonyms.load_or_create(tmp_path / "police").of(a_caller("anna")) == anna
    others = [here.of(a_caller("leo")), here.of(a_caller("anna", "https://other")), elsewhere.of(a_caller("anna"))]
    others.append(here.of(a_caller(f"{ISSUER}anna", "")))
    assert len({anna, *others}) == 5


def test_the_key_of_pseudonyms_is_its_owners_alone(tmp_path: Path) -> None:
    """Refused when others may read it, or when it is damaged."""
    Pseudonyms.load_or_create(tmp_path)
    path = tmp_path / "pseudonyms.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(StoreError, match="read by others"):
        Pseudonyms.load_or_create(tmp_path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(StoreError, match="32 bytes"):
        Pseudonyms.load_or_create(tmp_path)
    with pytest.raises(StoreError, match="provision"):
        Pseudonyms.load_or_create(tmp_path / "nowhere")


def test_a_caller_is_shown_without_a_name() -> None:
    """Where one stands in a trace or a failed assertion."""
    assert "anna" not in repr(a_caller("anna"))
