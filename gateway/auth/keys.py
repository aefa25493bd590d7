"""The issuer's public keys: which key may verify which signature, and where the keys come from."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, Self

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from bus.errors import StoreError

# Providers still write "EdDSA" for Ed25519. The name is deprecated because it can mean two curves; here it means one.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")

ALGORITHMS: Final = frozenset({"RS256", "PS256", "ES256", "Ed25519", "EdDSA"})
"""The signature algorithms that are accepted. All are asymmetric, so nobody can use a public key as a secret."""

_FITTING: Final[Mapping[tuple[str, str | None], tuple[type[RSAKey | ECKey | OKPKey], frozenset[str]]]] = {
    ("RSA", None): (RSAKey, frozenset({"RS256", "PS256"})),
    ("EC", "P-256"): (ECKey, frozenset({"ES256"})),
    ("OKP", "Ed25519"): (OKPKey, frozenset({"Ed25519", "EdDSA"})),
}
_PUBLIC: Final = frozenset({"kty", "crv", "n", "e", "x", "y"})
_MOST: Final = 100
_SHORTEST_RSA: Final = 2048
_LOOK_AT_FILE_EVERY: Final = 5.0

PublicKey = RSAKey | ECKey | OKPKey


@dataclass(frozen=True)
class _Listed:
    kid: str | None
    algorithms: frozenset[str]
    thumbprint: str
    key: PublicKey = field(compare=False)


@dataclass(frozen=True)
class KeyRing:
    """The usable keys of a JWKS. Two rings are equal when they hold the same keys with the same ids."""

    keys: tuple[_Listed, ...] = ()

    @classmethod
    def read(cls, published: Any) -> Self:
        """The keys of a parsed JWKS document. Entries that are no public keys for signatures are left out.

        Raises ValueError when the document is not a JWKS, or has too many keys.
        """
        listed = published.get("keys") if isinstance(published, dict) else None
        if not isinstance(listed, list) or len(listed) > _MOST:
            raise ValueError("not a set of keys")
        return cls(tuple(key for key in map(_usable, listed) if key is not None))

    def find(self, algorithm: str, kid: str | None) -> PublicKey | None:
        """The only key with this id that fits the algorithm; None when no key fits, or several do.

        `kid`: None: a key with any id.
        """
        fitting = [one.key for one in self.keys if algorithm in one.algorithms and kid in (None, one.kid)]
        return fitting[0] if len(fitting) == 1 else None

    def names(self, kid: str | None) -> bool:
        """True if a key has this id; `kid` None: True if there is any key."""
        return any(kid in (None, one.kid) for one in self.keys)


def _usable(stated: Any) -> _Listed | None:
    if not isinstance(stated, dict) or "d" in stated or stated.get("use", "sig") != "sig":
        return None
    try:
        model, algorithms = _FITTING[stated["kty"], stated.get("crv")]
        if "verify" not in stated.get("key_ops", ("verify",)):
            return None
        key = model.import_key({name: stated[name] for name in _PUBLIC & stated.keys()})
        thumbprint = key.thumbprint()
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.raw_value.key_size < _SHORTEST_RSA:
        return None
    alone = stated.get("alg")
    if alone is not None and alone not in ("Ed25519", "EdDSA"):
        algorithms = algorithms & {alone}
    kid = stated.get("kid")
    return _Listed(kid if isinstance(kid, str) else None, algorithms, thumbprint, key)


class Keys(Protocol):
    """A source of keys for a verifier."""

    discovery_url: str | None
    token_endpoint: str | None

    def ring(self, moment: float) -> KeyRing:
        """The keys believed at this moment (seconds since 1970). Raises IssuerAwayError when there are none."""
        ...

    @property
    def uncertain(self) -> bool:
        """True if the last attempt to ask the issuer failed, so that it may have keys that are not known here."""
        ...

    async def look_for(self, kid: str | None) -> None:
        """Ask the issuer again when no key has this id, unless it was asked just now. Raises nothing."""
        ...

    def kept_fresh(self) -> AbstractAsyncContextManager[None]:
        """Follow the issuer's changes for as long as the context lasts."""
        ...


class FileKeys:
    """The keys in a JWKS file, read again when it changes."""

    discovery_url: str | None = None
    token_endpoint: str | None = None
    uncertain: bool = False

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._read_at = 0
        self._looked_at = now().timestamp()
        self._ring = self._read()

    def ring(self, moment: float) -> KeyRing:
        """The keys in the file. It looks every few seconds whether the file has changed."""
        if not 0 <= moment - self._looked_at <= _LOOK_AT_FILE_EVERY:
            self._looked_at = moment
            if self._path.stat().st_mtime_ns != self._read_at:
                self._ring = self._read()
        return self._ring

    async def look_for(self, kid: str | None) -> None:
        """Do nothing: `ring` looks at the file anyway."""

    def kept_fresh(self) -> AbstractAsyncContextManager[None]:
        """Do nothing: `ring` looks at the file."""
        return nullcontext()

    def _read(self) -> KeyRing:
        self._read_at = self._path.stat().st_mtime_ns
        try:
            return KeyRing.read(orjson.loads(self._path.read_bytes()))
        except ValueError:
            raise StoreError(f"{self._path.name} is not a JWKS file") from None
