"""What the operator remembers of who may connect, in a file beside its seeds; changed by one process at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from bus.operator.accounts import Rights
from bus.secret_files import sync, write_private

_CLOCKS_DIFFER_BY: Final = 60


class RightsKept(BaseModel):
    """The rights of a scope, as the register keeps them."""

    model_config = ConfigDict(extra="forbid")

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    never: tuple[str, ...] = ()

    @classmethod
    def of(cls, rights: Rights) -> RightsKept:
        """These rights."""
        return cls(publish=rights.publish, subscribe=rights.subscribe, never=rights.never)

    @property
    def rights(self) -> Rights:
        """As the accounts have them."""
        return Rights(self.publish, self.subscribe, self.never)


class RegistryFile(BaseModel):
    """Times are seconds since 1970.

    `users`: the public key of each agency's user. `revoked`: by public key, the time up to which its tokens are void.
    `suspended`: agencies that are minted nothing until they are readmitted. `held`: agencies that are kept out until a
    time, after which their credentials are good again. `scopes`: the rights that stand in the agencies' account, by
    name. `issued_at`: of the accounts' tokens.
    """

    model_config = ConfigDict(extra="forbid")

    users: dict[str, str] = {}
    revoked: dict[str, int] = {}
    suspended: set[str] = set()
    held: dict[str, int] = {}
    scopes: dict[str, RightsKept] = {}
    issued_at: int = 0

    def in_force(self, agency: str, public: str, issued_at: int) -> bool:
        """Whether a token that was issued to this user then is the agency's present one, held back or not."""
        return self.users.get(agency) == public and issued_at > self.revoked.get(public, 0)

    def void(self, now: int) -> dict[str, int]:
        """Which tokens brokers must refuse: by public key, those issued up to a time."""
        held = {self.users[agency]: until for agency, until in self.held.items() if agency in self.users}
        # Any of its tokens, also one that a clock ahead of this one dated.
        until = {public: max(now, end) + _CLOCKS_DIFFER_BY for public, end in held.items() if end > now}
        return self.revoked | {public: max(time, self.revoked.get(public, 0)) for public, time in until.items()}

    def revoke(self, public: str, up_to: int) -> None:
        """Void a user's tokens, those issued up to a time."""
        self.revoked[public] = max(up_to, self.revoked.get(public, 0))

    def cut_off(self, agency: str, now: int) -> None:
        """Void all tokens of an agency's user, also one that was minted in a moment that is yet to come."""
        self.suspended.add(agency)
        if agency in self.users:
            self.revoke(self.users[agency], now + _CLOCKS_DIFFER_BY)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Change what lies in the operator's folder while no other process does."""
    descriptor = os.open(folder / "register.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read_registry(folder: Path) -> RegistryFile:
    """What was kept, or nothing yet."""
    path = folder / "register.json"
    return RegistryFile.model_validate_json(path.read_bytes()) if path.exists() else RegistryFile()


def keep_registry(folder: Path, register: RegistryFile) -> None:
    """See it on disk before anybody acts on it."""
    replace_file(folder / "register.json", register.model_dump_json(indent=2).encode())


def replace_file(path: Path, content: bytes) -> None:
    """Put a secret in a file's place at once."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    write_private(partial, content)
    sync(partial)
    partial.replace(path)
    sync(path.parent)


def tokens_known(tokens: Mapping[str, str], written: str) -> bool:
    """Whether a trust file that was written earlier has all of these tokens."""
    return all(token in written for token in tokens.values())
