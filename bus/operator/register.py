"""The register: the operator's file of the users who may connect. One process at a time changes it."""

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
        """Return these rights in the register's form."""
        return cls(publish=rights.publish, subscribe=rights.subscribe, never=rights.never)

    @property
    def rights(self) -> Rights:
        """The rights in the accounts' form."""
        return Rights(self.publish, self.subscribe, self.never)


class RegistryFile(BaseModel):
    """The content of the register. Times are in seconds since 1970.

    Attributes:
        users: By user, its public key. The user of an agency's service has the agency's name, and that of a further
            program the agency's and the program's, with a slash between.
        revoked: By public key, the time up to which tokens issued to it are void.
        suspended: The agencies that get no new credentials until they are readmitted.
        held: By agency, the time until which it is kept out; then its credentials are valid again.
        scopes: By name, the rights in the agencies' account.
        issued_at: The time of the accounts' tokens.
    """

    model_config = ConfigDict(extra="forbid")

    users: dict[str, str] = {}
    revoked: dict[str, int] = {}
    suspended: set[str] = set()
    held: dict[str, int] = {}
    scopes: dict[str, RightsKept] = {}
    issued_at: int = 0

    def in_force(self, user: str, public: str, issued_at: int) -> bool:
        """Return whether a token issued to this user at this time is valid, if the agency is not being kept out."""
        return self.users.get(user) == public and issued_at > self.revoked.get(public, 0)

    def void(self, now: int) -> dict[str, int]:
        """Return the tokens that brokers must refuse: by public key, the time up to which they were issued."""
        held = {public: self.held[agency] for public, agency in self.agencies() if agency in self.held}
        # All its tokens, even one dated by a clock that is ahead of ours.
        until = {public: max(now, end) + _CLOCKS_DIFFER_BY for public, end in held.items() if end > now}
        return self.revoked | {public: max(time, self.revoked.get(public, 0)) for public, time in until.items()}

    def revoke(self, public: str, up_to: int) -> None:
        """Void a user's tokens that were issued up to a time."""
        self.revoked[public] = max(up_to, self.revoked.get(public, 0))

    def cut_off(self, agency: str, now: int) -> None:
        """Suspend an agency, and void all tokens of its users, even one dated by a clock that is ahead of ours."""
        self.suspended.add(agency)
        for public, owner in self.agencies():
            if owner == agency:
                self.revoke(public, now + _CLOCKS_DIFFER_BY)

    def agencies(self) -> list[tuple[str, str]]:
        """Return the public key of each user, and its agency."""
        return [(public, user.partition("/")[0]) for user, public in self.users.items()]

    def programs_of(self, agency: str) -> list[str]:
        """Return the names of an agency's further programs."""
        return sorted(user.partition("/")[2] for user in self.users if user.startswith(f"{agency}/"))


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock of the operator's folder, so that no other process changes it within the block."""
    descriptor = os.open(folder / "register.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read_registry(folder: Path) -> RegistryFile:
    """Read the register; an empty one if there is none yet."""
    path = folder / "register.json"
    return RegistryFile.model_validate_json(path.read_bytes()) if path.exists() else RegistryFile()


def keep_registry(folder: Path, register: RegistryFile) -> None:
    """Write the register, and sync it to disk before anybody acts on it."""
    replace_file(folder / "register.json", register.model_dump_json(indent=2).encode())


def replace_file(path: Path, content: bytes) -> None:
    """Replace a secret file atomically, or create it."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    write_private(partial, content)
    sync(partial)
    partial.replace(path)
    sync(path.parent)


def tokens_known(tokens: Mapping[str, str], written: str) -> bool:
    """Return whether the content of a trust file has all these tokens."""
    return all(token in written for token in tokens.values())
