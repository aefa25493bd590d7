"""Runs the OpenID provider of `harness.provider_app`, and gets tokens from it in the way of people and of systems.

with Provider(tmp_path, audience="police") as provider:
    token = provider.logged_in("ES256", "anna", scope="openid")
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from stafett.embedded.broker import free_port

Key = RSAKey | ECKey | OKPKey

PASSWORD: Final = "correct horse battery staple"
PEOPLE: Final = {"anna": ["caseworker"], "leo": ["caseworker", "investigation-leader"], "gun": ["gardener"]}
SCOPES: Final = (
    *("openid", "profile", "groups", "cases:read", "work:read", "directory:read"),
    *("events:write", "events:write:VictimDetected", "events:write:InvestigationOpened"),
)
_REDIRECT: Final = "http://127.0.0.1/callback"
_CSRF: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def new_keys() -> list[Key]:
    """One key for each kind of signature."""
    keys: list[Key] = [RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")]
    for key in keys:
        key.ensure_kid()
    return keys


class Provider:
    """A provider in a process of its own on a loopback port; a context manager. Its keys are the test's to see."""

    def __init__(self, folder: Path, audience: str) -> None:
        self.name = f"127.0.0.1:{free_port()}"
        self.issuer = f"http://{self.name}"
        self.keys = new_keys()
        self._audience = audience
        self._settings = folder / "provider.json"
        self._log = folder / "provider.log"
        self._secret = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self, within: float = 60.0) -> None:
        """Start, and return when discovery answers. The people and clients are the same each time."""
        self._settings.write_text(json.dumps(self._content()))
        with self._log.open("wb") as log:
            arguments = [sys.executable, "-m", "harness.provider_app", str(self._settings)]
            where = Path(__file__).parents[1]
            self._process = subprocess.Popen(arguments, cwd=where, stdout=log, stderr=log)
        deadline = time.monotonic() + within
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self._log.read_text()[-3000:])
            time.sleep(0.02)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hold_still(self) -> None:
        """Stop answering, with every connection left open; `stop` and `start` mend it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def asked(self) -> int:
        """How often anybody asked for the keys since the process last started."""
        return self._log.read_text().count(" /oauth/jwks.json ")

    def rotate(self) -> list[Key]:
        """Start again with new keys alone; the old ones."""
        old, self.keys = self.keys, new_keys()
        self.stop()
        self.start()
        return old

    def key(self, algorithm: str) -> Key:
        """The provider's private key of an algorithm."""
        return self.keys[("RS256", "ES256", "Ed25519").index(algorithm)]

    def forged(self, algorithm: str, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A token that the provider never gave, signed with its very key."""
        key = self.key(algorithm)
        stated = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt", **header}
        return jwt.encode({n: v for n, v in stated.items() if v is not None}, dict(claims), key, [stated["alg"]])

    def of_a_system(self, algorithm: str, scope: str) -> str:
        """The access token of a client on its own account (client credentials)."""
        return self._tokens(algorithm, {"grant_type": "client_credentials", "scope": scope})["access_token"]

    def logged_in(self, algorithm: str, person: str, scope: str) -> dict[str, str]:
        """The tokens of a person who logs in with a browser (authorization code with PKCE)."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"response_type": "code", "client_id": f"console-{algorithm}", "redirect_uri": _REDIRECT}
        asked |= {"scope": scope, "state": "s", "nonce": secrets.token_hex(8)}
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        with httpx.Client(base_url=self.issuer, trust_env=False, timeout=30) as browser:
            page = _follow(browser, browser.get("/oauth/authorize", params=asked))
            page = _submit(browser, page, {"login": person})
            page = _submit(browser, page, {"password": PASSWORD})
        code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": _REDIRECT}
        return self._tokens(algorithm, given | {"code_verifier": verifier})

    def _tokens(self, algorithm: str, form: Mapping[str, str]) -> dict[str, str]:
        client = f"{'console' if 'code' in form else 'system'}-{algorithm}"
        answer = httpx.post(
            f"{self.issuer}/oauth/token", data=dict(form), auth=(client, self._secret), trust_env=False, timeout=30
        )
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens

    def _answers(self) -> bool:
        try:
            url = f"{self.issuer}/.well-known/openid-configuration"
            return httpx.get(url, trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def _content(self) -> dict[str, Any]:
        groups = {group for of in PEOPLE.values() for group in of}
        return {
            "secret": self._secret,
            "name": self.name,
            "keys": [key.as_dict(private=True) for key in self.keys],
            "people": [{"name": name, "password": PASSWORD} for name in PEOPLE],
            "groups": {group: [name for name, of in PEOPLE.items() if group in of] for group in groups},
            "clients": [self._client(kind, alg) for kind in ("console", "system") for alg in ("RS256", "ES256")],
        }

    def _client(self, kind: str, algorithm: str) -> dict[str, Any]:
        grant = {"console": "authorization_code", "system": "client_credentials"}[kind]
        return {
            "client_id": f"{kind}-{algorithm}",
            "client_secret": self._secret,
            "client_name": self._audience,
            "client_uri": "http://127.0.0.1",  # which the provider trusts, so that it asks for no consent
            "redirect_uris": [_REDIRECT],
            "grant_types": [grant],
            "response_types": ["code"],
            "scope": list(SCOPES),
            "token_endpoint_auth_method": "client_secret_basic",
            "id_token_signed_response_alg": algorithm,
        }


def _follow(browser: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """The page that redirects within the provider lead to, or the redirect that leads back to the client."""
    while answer.is_redirect and not answer.headers["location"].startswith(_REDIRECT):
        answer = browser.get(answer.headers["location"])
    return answer


def _submit(browser: httpx.Client, page: httpx.Response, fields: Mapping[str, str]) -> httpx.Response:
    """What comes of filling in the page's form."""
    form = {"csrf_token": found[1]} if (found := _CSRF.search(page.text)) else {}
    return _follow(browser, browser.post(page.url, data=form | dict(fields)))
