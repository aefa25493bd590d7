"""An issuer for machines without an identity provider. Anybody who can read its key can pretend to be any caller."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from joserfc import jwt
from joserfc.jwk import OKPKey

from bus.errors import StoreError
from bus.secret_files import write_private
from gateway.auth.verifier import now as present

DEVELOPMENT: Final = "urn:x-stafett:development-issuer"
"""The issuer URL of the development issuer. A service believes it only if its settings name it."""

_ALGORITHM: Final = "Ed25519"


class DevelopmentIssuer:
    """Issues tokens on a machine without an identity provider. Never for production."""

    def __init__(self, private: OKPKey, jwks: Path, issuer: str) -> None:
        self._private = private
        self.jwks: Final = jwks
        self.issuer: Final = issuer

    @classmethod
    def load_or_create(cls, folder: Path, *, issuer: str) -> Self:
        """The issuer with the keys in a folder: the private `issuer.pem` and the public `jwks.json`.

        It creates both files when they are missing. Raises StoreError when others than the owner may read `issuer.pem`.
        """
        path, jwks = folder / "issuer.pem", folder / "jwks.json"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(path, OKPKey.generate_key("Ed25519", private=True).as_pem(private=True))
        if path.stat().st_mode & 0o077:
            raise StoreError(f"{path.name} may be read by others; delete it, and a new one is made")
        private = OKPKey.import_key(path.read_bytes())
        public = private.as_dict(private=False) | {"kid": private.thumbprint(), "use": "sig", "alg": _ALGORITHM}
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
        now: Callable[[], datetime] = present,
    ) -> str:
        """A token for a person at an agency.

        Args:
            agency: the audience of the token: the agency's id.
            subject: the person.
            roles: the person's roles.
            lifetime: how long the token is valid from now on.
            now: returns the present moment.
        """
        issued_at = int(now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": agency,
            "sub": subject,
            "roles": sorted(roles),
            "iat": issued_at,
            "exp": issued_at + int(lifetime.total_seconds()),
        }
        header = {"alg": _ALGORITHM, "kid": self._private.thumbprint(), "typ": "JWT"}
        return jwt.encode(header, claims, self._private, algorithms=[_ALGORITHM])
