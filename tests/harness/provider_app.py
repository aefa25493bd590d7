"""A real OpenID provider in a process of its own: Canaille, an identity provider in use, keeping everything in memory.

Canaille logs people in, has clients, groups and keys, and answers discovery. Its access tokens are opaque, so this
module gives it the generator of JWT access tokens (RFC 9068) of Authlib, the library on which Canaille is built.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.oidc.jose import server_jwks
from canaille.oidc.provider import BearerTokenGenerator, authorization, get_issuer
from flask import Flask
from joserfc.jwk import KeySet
from werkzeug.serving import make_server

LIFETIME = 3600


@dataclass(frozen=True)
class _Person:
    """A person in the form that Authlib asks after."""

    name: str
    groups: list[str]

    def get_user_id(self) -> str:
        """The token's subject."""
        return self.name


class AccessTokens(JWTBearerTokenGenerator):  # type: ignore[misc]  # Authlib has no types
    """Access tokens for one agency, with the groups of the person, signed as the client is registered for."""

    def __init__(self, algorithm: str, audience: str) -> None:
        super().__init__(get_issuer(), algorithm, expires_generator=lambda client, grant_type: LIFETIME)
        self._audience = audience

    def get_jwks(self) -> KeySet:
        """The provider's own keys that it signs with."""
        keys: KeySet = server_jwks(include_inactive=False)
        return keys

    def get_audiences(self, client: Any, user: Any, scope: str) -> str:
        """The agency, which the client's description names."""
        return self._audience

    def get_extra_claims(self, client: Any, grant_type: str, user: _Person | None, scope: str) -> dict[str, Any]:
        """What groups the person is in, nested as other providers have it."""
        return {} if user is None else {"realm_access": {"roles": user.groups}}


def access_token(client: Any, grant_type: str, user: Any, scope: str) -> str:
    """The access token of a client, on its own account or for a person."""
    tokens = AccessTokens(client.id_token_signed_response_alg, client.client_name)
    person = None if user is None else _Person(user.user_name, [group.display_name for group in user.groups])
    token: str = tokens.access_token_generator(client, grant_type, person, scope)
    return token


def provider(settings: Mapping[str, Any]) -> Flask:
    """The provider, with its people, their groups and its clients."""
    app: Flask = create_app(
        {
            "SECRET_KEY": settings["secret"],
            "SERVER_NAME": settings["name"],
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "LOGGING": {"version": 1, "disable_existing_loggers": True}},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": settings["keys"], "REQUIRE_NONCE": True},
        }
    )
    authorization.register_token_generator("default", BearerTokenGenerator(access_token))
    with app.app_context():
        people = {}
        for person in settings["people"]:
            names = {"user_name": person["name"], "formatted_name": "Invented", "family_name": "Invented"}
            people[person["name"]] = models.User(
                **names, password=person["password"], emails=[f"{person['name']}@x.test"]
            )
            Backend.instance.save(people[person["name"]])
        for group, members in settings["groups"].items():
            Backend.instance.save(models.Group(display_name=group, members=[people[name] for name in members]))
        for client in settings["clients"]:
            Backend.instance.save(models.Client(**client))
    return app


def main(settings: Path) -> None:
    """Serve until ended."""
    read = json.loads(settings.read_text())
    host, _, port = read["name"].partition(":")
    make_server(host, int(port), provider(read), threaded=True).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
