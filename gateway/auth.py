"""Bearer tokens: who calls, in which roles, until when.

A token is a JWT signed with Ed25519 by an issuer whose public keys stand in a JWKS file. What was verified once is
remembered until it expires, or until the file changes.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from bus.errors import StoreError
from bus.signing import write_private
from contracts.errors import StafettError

ALGORITHMS: Final = ["Ed25519"]
_LONGEST: Final = 8192
_REMEMBERED: Final = 4096
_LEEWAY: Final = 30.0
_LOOK_AT_FILE_EVERY: Final = 5.0


class TokenError(StafettError):
    """A bearer token that is not believed. The caller obtains a new one from the issuer."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the token's subject, the roles, and when the token expires (seconds since 1970)."""

    subject: str
    roles: frozenset[str]
    expires_at: float


def _now() -> datetime:
    return datetime.now(UTC)


class TokenVerifier:
    """Believes the tokens of one issuer for one agency. The keys are read again when their file changes."""

    def __init__(self, jwks: Path, *, issuer: str, audience: str, now: Callable[[], datetime] = _now) -> None:
        self._jwks = jwks
        self._issuer = issuer
        self._audience = audience
        self._now = now
        self._known: OrderedDict[bytes, Caller] = OrderedDict()
        self._read = 0
        self._looked_at = 0.0
        self._read_keys()

    @classmethod
    def from_file(cls, jwks: Path, *, issuer: str, audience: str, now: Callable[[], datetime] = _now) -> Self:
        """A verifier with the public keys of a JWKS file."""
        return cls(jwks, issuer=issuer, audience=audience, now=now)

    def _read_keys(self) -> None:
        self._read = self._jwks.stat().st_mtime_ns
        published = json.loads(self._jwks.read_bytes())["keys"]
        self._keys = KeySet.import_key_set({"keys": [key for key in published if key.get("crv") == "Ed25519"]})
        self._known.clear()

    def verify(self, token: str) -> Caller:
        """Who holds the token. Raises TokenError, which says why in words that carry nothing of the token."""
        moment = self._now().timestamp()
        if moment - self._looked_at > _LOOK_AT_FILE_EVERY:
            self._looked_at = moment
            if self._jwks.stat().st_mtime_ns != self._read:
                self._read_keys()
        name = sha256(token.encode(errors="replace")).digest()
        caller = self._known.get(name)
        if caller is None:
            caller = self._verified(token, moment)
            self._known[name] = caller
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if caller.expires_at <= moment:
            del self._known[name]
            raise TokenError("the token has expired")
        return caller

    def _verified(self, token: str, moment: float) -> Caller:
        if len(token) > _LONGEST:
            raise TokenError("the token is too long")
        try:
            claims = jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise TokenError("the token is not a JWT that a known key signed") from None
        return _caller(claims, self._issuer, self._audience, moment)


def _caller(claims: Mapping[str, Any], issuer: str, audience: str, moment: float) -> Caller:
    subject, roles, expires = claims.get("sub"), claims.get("roles"), claims.get("exp")
    meant_for = claims.get("aud")
    not_before = claims.get("nbf", moment)
    if claims.get("iss") != issuer:
        raise TokenError("the token comes from another issuer")
    if audience not in (meant_for if isinstance(meant_for, list) else [meant_for]):
        raise TokenError("the token is meant for another agency")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise TokenError("the token does not say who holds it")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise TokenError("the token does not list its roles")
    until, since = _time(expires), _time(not_before)
    if since > moment + _LEEWAY:
        raise TokenError("the token is not valid yet")
    return Caller(subject, frozenset(roles), until)


def _time(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return float(value)
    raise TokenError("the token does not say when it is valid")


class DevelopmentIssuer:
    """Issues tokens where there is no identity provider. Never for production: whoever reads its key is everyone."""

    def __init__(self, private: OKPKey, jwks: Path, issuer: str) -> None:
        self._private = private
        self.jwks: Final = jwks
        self.issuer: Final = issuer

    @classmethod
    def load_or_create(cls, folder: Path, *, issuer: str) -> Self:
        """The issuer of a folder: `issuer.pem`, which only its owner may read, and the public `jwks.json`."""
        path, jwks = folder / "issuer.pem", folder / "jwks.json"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(path, OKPKey.generate_key("Ed25519", private=True).as_pem(private=True))
        if path.stat().st_mode & 0o077:
            raise StoreError(f"{path.name} may be read by others; delete it, and a new one is made")
        private = OKPKey.import_key(path.read_bytes())
        public = private.as_dict(private=False) | {"kid": private.thumbprint(), "use": "sig", "alg": ALGORITHMS[0]}
        content = json.dumps({"keys": [public]}, indent=2)
        if not jwks.exists() or jwks.read_text() != content:
            jwks.write_text(content)
        return cls(private, jwks, issuer)

    def issue(
        self,
        agency: str,
        subject: str,
        roles: Collection[str],
        lifetime: timedelta = timedelta(hours=8),
        now: Callable[[], datetime] = _now,
    ) -> str:
        """A token for somebody at an agency, in these roles, for so long."""
        issued_at = int(now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": agency,
            "sub": subject,
            "roles": sorted(roles),
            "iat": issued_at,
            "exp": issued_at + int(lifetime.total_seconds()),
        }
        header = {"alg": ALGORITHMS[0], "kid": self._private.thumbprint(), "typ": "JWT"}
        return jwt.encode(header, claims, self._private, algorithms=ALGORITHMS)
