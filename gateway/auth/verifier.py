"""Verifies the tokens of one issuer for one agency, and remembers each verified token until it expires."""

from __future__ import annotations

import base64
import re
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import orjson
from joserfc import jwt
from joserfc.errors import JoseError

from gateway.auth.caller import Caller, IssuerAwayError, TokenError
from gateway.auth.claims import ClaimRules
from gateway.auth.keys import ALGORITHMS, FileKeys, KeyRing, Keys

_LONGEST: Final = 8192
_REMEMBERED: Final = 4096
_FORM: Final = re.compile(r"[\w-]{2,1024}\.[\w-]+\.[\w-]+", re.ASCII)
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})


def now() -> datetime:
    """The present moment in UTC: the clock of a verifier that gets no other."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Header:
    algorithm: str
    kid: str | None


class TokenVerifier:
    """Verifies tokens and returns their holders."""

    def __init__(self, keys: Keys, rules: ClaimRules, now: Callable[[], datetime] = now) -> None:
        self.keys: Final = keys
        self._rules = rules
        self._now = now
        self._ring = KeyRing()
        self._known: OrderedDict[bytes, Caller] = OrderedDict()

    @classmethod
    def from_file(cls, jwks: Path, *, issuer: str, audience: str, now: Callable[[], datetime] = now) -> Self:
        """A verifier with the public keys in a JWKS file. Raises StoreError when it is not a JWKS file."""
        return cls(FileKeys(jwks, now), ClaimRules(issuer, audience), now)

    def kept_fresh(self) -> AbstractAsyncContextManager[None]:
        """Follow the issuer's keys for as long as the context lasts."""
        return self.keys.kept_fresh()

    async def prepare(self, token: str) -> None:
        """Get the key that the token names, if the issuer has it. Verifies nothing and raises nothing."""
        if _name(token) not in self._known:
            try:
                kid = _header(token).kid
            except TokenError:
                return
            await self.keys.look_for(kid)

    def remembered(self, token: str) -> Caller | None:
        """The holder of a token that was verified before and is still valid; None: call `prepare`, then `verify`."""
        moment = self._now().timestamp()
        caller = self._known.get(_name(token))
        if caller is None or caller.expires_at <= moment or not self._still_trusted(moment):
            return None
        return caller

    def _still_trusted(self, moment: float) -> bool:
        try:
            return self.keys.ring(moment) is self._ring
        except IssuerAwayError:
            return False

    def verify(self, token: str) -> Caller:
        """The holder of a token. Raises TokenError or IssuerAwayError, whose messages repeat nothing of the token."""
        moment = self._now().timestamp()
        name = _name(token)
        header = None if name in self._known else _header(token)
        ring = self.keys.ring(moment)
        if ring is not self._ring:
            if ring != self._ring:
                self._known.clear()  # a withdrawn key may have signed some of them
            self._ring = ring
        caller = self._known.get(name)
        if caller is None:
            caller = self._verified(token, header or _header(token), moment)
            self._known[name] = caller
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if caller.expires_at <= moment:
            del self._known[name]
            raise TokenError("the token has expired")
        return caller

    def _verified(self, token: str, header: _Header, moment: float) -> Caller:
        key = self._ring.find(header.algorithm, header.kid)
        if key is None:
            if self.keys.uncertain and not self._ring.names(header.kid):
                raise IssuerAwayError("the issuer of tokens cannot be asked for the token's key")
            raise _unsigned()
        try:
            claims = jwt.decode(token, key, algorithms=[header.algorithm]).claims
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise _unsigned() from None
        return self._rules.caller(claims, moment)


def _unsigned() -> TokenError:
    # Make a new error each time: one that is raised again keeps all its tracebacks, with the values in their frames.
    return TokenError("the token is not a JWT that a known key signed")


def _name(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()


def _header(token: str) -> _Header:
    """The header of the token, which nobody has verified yet. Raises TokenError when it is not acceptable."""
    if len(token) > _LONGEST:
        raise TokenError("the token is too long")
    if not _FORM.fullmatch(token):
        raise _unsigned()
    encoded = token.partition(".")[0]
    try:
        stated = orjson.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        raise _unsigned() from None
    if not isinstance(stated, dict) or "crit" in stated:
        raise _unsigned()
    algorithm, kid, kind = stated.get("alg"), stated.get("kid"), stated.get("typ", "JWT")
    if algorithm not in ALGORITHMS:
        raise TokenError("the token is not signed by an algorithm that is believed here")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenError("the token is not an access token")
    if not (kid is None or isinstance(kid, str)):
        raise _unsigned()
    return _Header(algorithm, kid)
