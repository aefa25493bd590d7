"""The settings that say whose tokens a service believes, read from its environment."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from gateway.auth.claims import ClaimRules
from gateway.auth.development import DEVELOPMENT
from gateway.auth.keys import FileKeys
from gateway.auth.provider import ProviderKeys, is_trustworthy
from gateway.auth.verifier import TokenVerifier, now
from gateway.settings import SettingsError

log = logging.getLogger(__name__)


class TokenSettingsError(SettingsError):
    """Settings with which the service could trust no token. The operator corrects the variable in the message."""


@dataclass(frozen=True)
class TokenSettings:
    """Whose tokens the service believes.

    Attributes:
        rules: the issuer, and the claims that its tokens must have.
        jwks: the file with the issuer's keys; None: the service asks the issuer for its keys.
    """

    rules: ClaimRules
    jwks: Path | None

    @classmethod
    def from_environment(cls, agency: str, environment: Mapping[str, str]) -> Self:
        """Read the variables of an agency's service.

        Raises KeyError, which names a missing variable; and TokenSettingsError when the issuer cannot be trusted, or is
        the development issuer and STAFETT_DEVELOPMENT_ISSUER is not set.
        """
        issuer = environment["STAFETT_ISSUER"]
        jwks = environment.get("STAFETT_JWKS", "")
        _check_development(issuer, environment.get("STAFETT_DEVELOPMENT_ISSUER", "") == "true")
        if not jwks:
            _check_address(issuer)
        systems = environment.get("STAFETT_SYSTEMS", "").split(",")
        rules = ClaimRules(
            issuer=issuer,
            audience=environment.get("STAFETT_AUDIENCE") or agency,
            roles_claim=environment.get("STAFETT_ROLES_CLAIM") or "roles",
            systems=frozenset(client.strip() for client in systems if client.strip()),
        )
        return cls(rules, Path(jwks) if jwks else None)

    def verifier(self) -> TokenVerifier:
        """The verifier of tokens. Logs a warning when it believes the development issuer."""
        issuer = self.rules.issuer
        if issuer == DEVELOPMENT:
            log.warning("believes the development issuer: whoever can read its key is everyone; never in production")
        return TokenVerifier(ProviderKeys(issuer, now) if self.jwks is None else FileKeys(self.jwks, now), self.rules)


def _check_development(issuer: str, asked_for: bool) -> None:
    if issuer == DEVELOPMENT and not asked_for:
        raise TokenSettingsError(
            f"STAFETT_ISSUER is {DEVELOPMENT}, whose tokens anybody with its key file can make: name your identity"
            " provider there. For development alone, set STAFETT_DEVELOPMENT_ISSUER=true."
        )
    if asked_for and issuer != DEVELOPMENT:
        raise TokenSettingsError(
            "STAFETT_DEVELOPMENT_ISSUER is true, but STAFETT_ISSUER names another issuer: remove the one or the other."
        )


def _check_address(issuer: str) -> None:
    try:
        parts = urlsplit(issuer)
        bare = not (parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:
        bare = False
    if not bare or not is_trustworthy(issuer):
        raise TokenSettingsError(
            "STAFETT_ISSUER must be the https address of an OpenID provider (http only on this machine), without a"
            " query; or give its public keys in a file by STAFETT_JWKS."
        )
