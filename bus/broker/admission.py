"""Who may connect to the brokers: credentials minted and revoked by the operator, while the brokers run.

The register keeps each agency's user and what is revoked. From it comes the account's token, which the brokers read
when they start and are handed anew whenever it changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import orjson
from nats.aio.client import RawCredentials
from nats.errors import Error as NatsError
from pydantic import BaseModel, ConfigDict

from bus.broker.client import Client
from bus.broker.credentials import EVERYTHING, Credentials, KeyPair, Operator, Rights, credentials_file, new_user
from bus.broker.transport import Tls, connection_options
from bus.errors import BrokerAwayError
from bus.sealing.key_files import write_private
from contracts.agencies import AgencyId

_SEEDS: Final = ("operator", "account", "system")
_PASSING: Final = 600  # seconds that the operator's own connection may last


class Register(BaseModel):
    """What the operator remembers. Times are seconds since 1970.

    `users`: the public key of each agency's user. `revoked`: by public key, the time up to which its tokens are void.
    `suspended`: agencies that are minted nothing until they are readmitted. `issued_at`: of the account's token.
    """

    model_config = ConfigDict(extra="forbid")

    users: dict[str, str] = {}
    revoked: dict[str, int] = {}
    suspended: set[str] = set()
    issued_at: int = 0


class Admission:
    """The operator's keys and register, in a folder that is the operator's alone."""

    def __init__(self, folder: Path, operator: Operator, register: Register) -> None:
        self.folder = folder
        self.operator = operator
        self.register = register

    @classmethod
    def open(cls, folder: Path, now: datetime) -> Self:
        """Read what is there, or begin."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        seeds = {name: folder / f"{name}.seed" for name in _SEEDS}
        if not all(path.exists() for path in seeds.values()):
            fresh = Operator.new()
            for name, path in seeds.items():
                path.unlink(missing_ok=True)
                write_private(path, getattr(fresh, name).seed)
            for derived in ("register.json", "administrator.creds"):
                (folder / derived).unlink(missing_ok=True)
        operator = Operator(*(KeyPair(seeds[name].read_bytes()) for name in _SEEDS))
        kept = folder / "register.json"
        register = Register.model_validate_json(kept.read_bytes()) if kept.exists() else Register()
        opened = cls(folder, operator, register)
        opened._begin(int(now.timestamp()))
        return opened

    def _begin(self, now: int) -> None:
        administrator = self.folder / "administrator.creds"
        if not administrator.exists():
            write_private(administrator, self._mint(new_user(), "administrator", EVERYTHING, now))
        if not self.register.issued_at:
            self._changed(now)
        elif not (self.folder / "trust.conf").exists():
            self._write_trust()

    def admit(self, agency: AgencyId, rights: Rights, credentials: Path, now: datetime) -> None:
        """Have an agency's credentials file give exactly these rights; a suspended agency's is not touched.

        The user stays the same as long as it is not revoked. When its rights change, its earlier tokens are revoked:
        `enforce` makes that felt.
        """
        if agency in self.register.suspended:
            return
        issued_at = int(now.timestamp())
        known = Credentials.read(credentials.read_bytes()) if credentials.exists() else None
        if known is not None and self._in_force(agency, known):
            if known.rights == rights:
                return
            issued_at = max(issued_at, known.issued_at + 1)
            user = known.user
            self.register.revoked[user.public] = issued_at - 1
            self._changed(issued_at)
        else:
            user = self._new_user_of(agency, known, issued_at)
        _replace(credentials, self._mint(user, agency, rights, issued_at))

    def _in_force(self, agency: AgencyId, known: Credentials) -> bool:
        same = self.register.users.get(agency) == known.user.public
        return same and known.issued_at > self.register.revoked.get(known.user.public, 0)

    def _new_user_of(self, agency: AgencyId, known: Credentials | None, issued_at: int) -> KeyPair:
        user = new_user()
        earlier = {self.register.users.get(agency), known.user.public if known is not None else None} - {None}
        self.register.users[agency] = user.public
        for public in filter(None, earlier):
            self.register.revoked[public] = max(issued_at, self.register.revoked.get(public, 0))
        self._changed(issued_at)
        return user

    def suspend(self, agency: AgencyId, now: datetime) -> None:
        """Revoke an agency's user for good and mint it no other until it is readmitted."""
        self.register.suspended.add(agency)
        user = self.register.users.get(agency)
        if user is not None:
            # A token that was minted in a moment that is yet to come, as a changed right's may be, is void too.
            self.register.revoked[user] = max(int(now.timestamp()) + 60, self.register.revoked.get(user, 0))
        self._changed(int(now.timestamp()))

    def readmit(self, agency: AgencyId) -> None:
        """Let a suspended agency be admitted again, as a new user: what was revoked stays so."""
        if agency not in self.register.suspended:
            return
        self.register.suspended.discard(agency)
        self.register.users.pop(agency, None)
        self._save()

    def _mint(self, user: KeyPair, name: str, rights: Rights, issued_at: int) -> bytes:
        return credentials_file(self.operator.user_token(user, name, rights, issued_at), user)

    def _changed(self, now: int) -> None:
        self.register.issued_at = max(now, self.register.issued_at + 1)  # brokers keep the newest
        self._save()
        self._write_trust()

    def _save(self) -> None:
        _replace(self.folder / "register.json", self.register.model_dump_json(indent=2).encode())

    def _write_trust(self) -> None:
        # In place: a container has this one file mounted, and would not see another of its name.
        content = self.operator.server_configuration(self.register.issued_at, self.account_token)
        (self.folder / "trust.conf").write_text(content)

    @property
    def account_token(self) -> str:
        """The account's token as the register has it now."""
        return self.operator.account_token(self.register.issued_at, self.register.revoked)

    async def enforce(self, servers: Iterable[str], tls: Tls | None, now: datetime, within: float = 10.0) -> int:
        """Hand the running brokers the account's token; what it revokes is cut off there and then.

        How many brokers took it: all that are up. One that is down learns it when it comes back. Raises
        BrokerAwayError when not all of them confirm in time; doing it again does no harm.
        """
        issued_at = int(now.timestamp())
        credentials = self.operator.system_credentials(issued_at, issued_at + _PASSING).decode()
        client = Client()
        try:
            async with asyncio.timeout(within):
                await client.connect(
                    list(servers), user_credentials=RawCredentials(credentials), **connection_options(tls)
                )
                return await _hand_over(client, self.account_token)
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerAwayError("not every broker confirmed who may connect") from error
        finally:
            with suppress(NatsError, OSError):
                await client.close()


async def revoke(
    servers: Iterable[str], admission: Admission, agency: AgencyId, *, tls: Tls | None, now: datetime
) -> int:
    """Suspend an agency at the running brokers: its connections end, and none begins. How many brokers took it.

    Raises BrokerAwayError when they do not all confirm; it is suspended all the same at each that starts.
    """
    admission.suspend(agency, now)
    return await admission.enforce(servers, tls, now)


async def _hand_over(client: Client, token: str) -> int:
    state = orjson.loads((await client.request("$SYS.REQ.SERVER.PING", b"", timeout=5)).data)
    expected = int(state["statsz"]["active_servers"])
    answers = await client.subscribe(inbox := client.new_inbox())
    await client.publish("$SYS.REQ.CLAIMS.UPDATE", token.encode(), reply=inbox)
    for _ in range(expected):
        answer = orjson.loads((await answers.next_msg(timeout=5)).data)
        if "error" in answer:
            raise BrokerAwayError("a broker did not take who may connect")
    return expected


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    write_private(partial, content)
    partial.replace(path)
