"""The users who may connect to the brokers: the operator issues and revokes their credentials while the brokers run.

The register holds each agency's user, the revocations, and the rights of each kind of agency. The tokens of the bus's
accounts are made from it. The brokers read the tokens when they start, and get them again after each change. The file
has over 250 lines because issuing, revoking and enforcing keep one file of the operator in step.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from nats.aio.client import RawCredentials
from nats.errors import Error as NatsError

from bus.errors import BrokerAwayError, StoreError
from bus.nats.client import Client
from bus.nats.credentials import Credentials, KeyPair, new_account, new_operator, new_user
from bus.nats.tls import Tls, connection_options
from bus.operator.accounts import Operator, Rights, Scope
from bus.operator.asking import all_answers, count_brokers, hand_over
from bus.operator.register import (
    RegistryFile,
    RightsKept,
    alone_in,
    keep_registry,
    read_registry,
    replace_file,
    tokens_known,
)
from bus.secret_files import write_private
from contracts.vocabulary.agencies import AgencyId

_SEEDS: Final = {"operator": new_operator, "account": new_account, "system": new_account}
_AGENCIES: Final = "agencies"
_REACHED_WITHIN: Final = 5  # seconds; enough for a handshake with a busy broker
_PASSING: Final = 600  # seconds for which the operator's own credentials are valid
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,62}")


class UserRegistry:
    """The operator's keys and register, in a folder that only the operator may read."""

    def __init__(self, folder: Path, operator: Operator, register: RegistryFile) -> None:
        self.folder = folder
        self.operator = operator
        self.register = register

    @classmethod
    def open(cls, folder: Path, now: datetime) -> Self:
        """Read the registry in a folder, or create it. Raises StoreError when keys of an existing one are missing."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with alone_in(folder):
            opened = cls(folder, _operator_in(folder), read_registry(folder))
            opened._begin(int(now.timestamp()))
        return opened

    def _begin(self, now: int) -> None:
        administrator, trust = self.folder / "administrator.creds", self.folder / "trust.conf"
        if not administrator.exists():
            write_private(administrator, self.operator.administrator_credentials(now))
        if not self.register.issued_at:
            self._issue(now)
        elif not trust.exists() or not tokens_known(self.account_tokens, trust.read_text()):
            self._issue(now)  # an earlier run was interrupted, or the folder is of an earlier release

    @contextmanager
    def _changing(self, now: int) -> Iterator[RegistryFile]:
        """Lock and read the register. If the block changes it, write it and issue new tokens."""
        with alone_in(self.folder):
            self.register = read_registry(self.folder)
            before = self.register.model_copy(deep=True)
            yield self.register
            if self.register != before:
                self._issue(now)

    def admit(
        self, agency: AgencyId, scope: str, rights: Rights, credentials: Path, now: datetime, program: str = ""
    ) -> None:
        """Give an agency a credentials file of this scope, and give the scope exactly these rights.

        `program`: the name of a further program of the agency, whose file it is.

        Changed rights apply as soon as the brokers are told (`enforce`), with the same file. The user stays the same
        until it is revoked. A file of another scope is replaced, and its old token becomes void. A suspended agency's
        file is left alone. Raises ValueError for an invalid name.
        """
        if not _NAME.fullmatch(agency):
            raise ValueError(f"{agency} is no name of an agency")
        if program and not _NAME.fullmatch(program):
            raise ValueError(f"{program} is no name of a program: it has small letters, digits and hyphens")
        moment, name = int(now.timestamp()), f"{agency}/{program}" if program else agency
        with self._changing(moment) as register:
            register.scopes[scope] = RightsKept.of(rights)
            if agency in register.suspended:
                return
            signing = self._scope(scope, rights)
            known = _read(credentials)
            if known is None or not register.in_force(name, known.user.public, known.issued_at):
                user = self._new_user(name, known, moment)
            elif known.issuer != signing.key.public:
                user, moment = known.user, max(moment, known.issued_at + 1)
                register.revoke(user.public, moment - 1)
            else:
                return
            replace_file(credentials, self.operator.agency_credentials(user, agency, signing, moment, program))

    def _new_user(self, name: str, known: Credentials | None, moment: int) -> KeyPair:
        user = new_user()
        earlier = {self.register.users.get(name), known.user.public if known is not None else None} - {None}
        self.register.users[name] = user.public
        for public in filter(None, earlier):
            self.register.revoke(public, moment)
        return user

    def end_program(self, agency: AgencyId, program: str, now: datetime) -> None:
        """Revoke the credentials of an agency's further program; its service's stay as they are."""
        moment = int(now.timestamp())
        with self._changing(moment) as register:
            public = register.users.pop(f"{agency}/{program}", None)
            if public is not None:
                register.revoke(public, moment + 1)

    def suspend(self, agency: AgencyId, now: datetime) -> None:
        """Revoke an agency's users for good. The agency gets no other user until it is readmitted."""
        moment = int(now.timestamp())
        with self._changing(moment) as register:
            register.cut_off(agency, moment)

    def hold(self, agency: AgencyId, until: datetime, now: datetime) -> None:
        """Keep an agency out until a time. Its credentials are valid again once `release` is called after that."""
        with self._changing(int(now.timestamp())) as register:
            register.held[agency] = int(until.timestamp())

    def release(self, now: datetime) -> list[AgencyId]:
        """Let in the agencies whose time is over, and return them."""
        moment = int(now.timestamp())
        with self._changing(moment) as register:
            over = sorted(agency for agency, until in register.held.items() if until <= moment)
            register.held = {agency: until for agency, until in register.held.items() if agency not in over}
        return over

    def readmit(self, agency: AgencyId) -> None:
        """Allow a suspended agency to be admitted again, as a new user. Its former user stays revoked."""
        with alone_in(self.folder):
            self.register = read_registry(self.folder)
            if agency in self.register.suspended:
                self.register.suspended.discard(agency)
                for user in (agency, *(f"{agency}/{program}" for program in self.register.programs_of(agency))):
                    self.register.users.pop(user, None)
                keep_registry(self.folder, self.register)

    def users(self) -> dict[str, AgencyId]:
        """Return the agency of each user, by the user's public key, without the agencies that are kept out."""
        register = read_registry(self.folder)
        return {public: agency for public, agency in register.agencies() if agency not in register.held}

    def _issue(self, now: int) -> None:
        self.register.issued_at = max(now, self.register.issued_at + 1)  # brokers keep the newest
        keep_registry(self.folder, self.register)
        # Write in place: a container that has this file mounted would not see a new file of the same name.
        content = self.operator.server_configuration(self.register.issued_at, self.account_tokens)
        (self.folder / "trust.conf").write_text(content)

    @property
    def account_tokens(self) -> dict[str, str]:
        """The tokens of the bus's accounts, by their public keys, made from the register as it was last read."""
        scopes = tuple(self._scope(name, kept.rights) for name, kept in sorted(self.register.scopes.items()))
        issued_at = self.register.issued_at
        return self.operator.account_tokens(issued_at, self.register.void(issued_at), scopes)

    def _scope(self, name: str, rights: Rights) -> Scope:
        path = self.folder / f"scope-{name}.seed"
        if not path.exists():
            write_private(path, new_account().seed)
        return Scope(name, KeyPair(path.read_bytes()), rights)

    async def enforce(self, servers: Iterable[str], tls: Tls | None, now: datetime, within: float = 10.0) -> int:
        """Give the running brokers the accounts' tokens. They end the connections of revoked users at once.

        Return the number of running brokers. A broker that is down gets the tokens when it comes back. Raises
        BrokerAwayError when not all running brokers confirm in time; a second call does no harm.
        """
        try:
            async with asyncio.timeout(within), self.connected(servers, tls, now) as client:
                return await self.enforce_by(client)
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerAwayError("not every broker confirmed who may connect") from error

    async def enforce_by(self, client: Client) -> int:
        """Do the same over the operator's connection `client`. Raises its errors, or BrokerAwayError."""
        self.register = read_registry(self.folder)  # another process may have changed it
        return await hand_over(client, self.account_tokens)

    async def room(self, servers: Iterable[str], tls: Tls | None, now: datetime, within: float = 30.0) -> int | None:
        """Return the bytes of streams that each running broker can hold; None when they do not say.

        Raises BrokerAwayError when not all running brokers answer in time.
        """
        try:
            async with asyncio.timeout(within), self.connected(servers, tls, now) as client:
                brokers = await count_brokers(client)
                said = await all_answers(client, "$SYS.REQ.SERVER.PING.JSZ", b'{"config": true}', brokers)
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerAwayError("not every broker says how much it can hold") from error
        most = [answer.get("data", {}).get("config", {}).get("max_storage", 0) for answer in said]
        return min((size for size in most if size > 0), default=None)

    @asynccontextmanager
    async def connected(self, servers: Iterable[str], tls: Tls | None, now: datetime) -> AsyncIterator[Client]:
        """Connect to the brokers themselves as the operator, for the block."""
        issued_at = int(now.timestamp())
        credentials = self.operator.system_credentials(issued_at, issued_at + _PASSING).decode()
        client = Client()
        try:
            await client.connect(
                list(servers),
                user_credentials=RawCredentials(credentials),
                connect_timeout=_REACHED_WITHIN,
                **connection_options(tls),
            )
            yield client
        finally:
            with suppress(NatsError, OSError):
                await client.close()


async def revoke(
    servers: Iterable[str], admission: UserRegistry, agency: AgencyId, *, tls: Tls | None, now: datetime
) -> int:
    """Suspend an agency at the running brokers: they end its connections and refuse new ones.

    Return the number of brokers. Raises BrokerAwayError when not all confirm; a broker that starts later has the
    suspension in any case.
    """
    admission.suspend(agency, now)
    return await admission.enforce(servers, tls, now)


def _read(credentials: Path) -> Credentials | None:
    """Read a credentials file; None when it is missing or damaged."""
    try:
        return Credentials.read(credentials.read_bytes())
    except (FileNotFoundError, ValueError, LookupError):
        return None


def _operator_in(folder: Path) -> Operator:
    """Read the operator's keys; create them if there are none, and the agencies' account if it is missing.

    Raises StoreError when some are missing from an existing registry.
    """
    paths = {name: folder / f"{name}.seed" for name in _SEEDS}
    lacking = [path.name for path in paths.values() if not path.exists()]
    if lacking and (folder / "register.json").exists():
        raise StoreError(f"{', '.join(lacking)} is gone from {folder}: restore it from your backup, or nobody connects")
    if lacking:
        for derived in ("administrator.creds", f"{_AGENCIES}.seed"):
            (folder / derived).unlink(missing_ok=True)
        for name, path in paths.items():
            path.unlink(missing_ok=True)
            write_private(path, _SEEDS[name]().seed)
    paths[_AGENCIES] = folder / f"{_AGENCIES}.seed"
    if not paths[_AGENCIES].exists():
        write_private(paths[_AGENCIES], new_account().seed)
    return Operator(**{name: KeyPair(path.read_bytes()) for name, path in paths.items()})
