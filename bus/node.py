"""One agency's part of the bus: its log connection, store, replica and outbox, running together.

`start` returns at once: reads work from the first moment, writes go to the outbox until the replica is level with
the log. Each time the broker is found, a session begins: check that the broker is safe, that the log is the one we
know, follow it, put back what it lost, drain the outbox.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bus.agency import Agency
from bus.broker import check
from bus.clocks import Clocks
from bus.confidential.erasing import Erasing
from bus.confidential.granting import Granting
from bus.confidential.parts import Parts
from bus.confidential.personal import PersonalDetails
from bus.confidential.tasks import Tasks
from bus.ending import end, until_first_ends
from bus.errors import BusError
from bus.log import Follower, Log, LogMessage
from bus.members.directory import Directory
from bus.members.standing import Standing
from bus.outbox import Outbox
from bus.reactions import Reactions
from bus.replica import Checked, Committed, Replica
from bus.sealing.key_files import read_private
from bus.sealing.keyring import Keyring
from bus.sealing.sealing_keys import SealingKeys
from bus.sealing.vault import Vault
from bus.settings import BusSettings
from bus.signing import Signer, read_public
from bus.store import Store, open_store
from contracts.directory import AgencySuspended

log = logging.getLogger(__name__)

_RETRY_AFTER = 0.25


@dataclass(frozen=True, slots=True)
class Condition:
    """How the node is: each part's trouble in plain words, or None when it is well."""

    broker: str | None
    store: str | None
    replica: str | None
    agency: str | None = None

    @property
    def ready(self) -> bool:
        """Whether every part is well."""
        return self.broker is None and self.store is None and self.replica is None and self.agency is None


class Node:
    """Everything that one agency runs on the bus."""

    def __init__(
        self, settings: BusSettings, mandate: Agency, *, now: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self.settings = settings
        self.now = now
        _require_private(settings)
        vault = Vault.load(settings.vault, settings.secrets)
        vault.require_replaceable()
        vault.finish_replacing()
        self.store: Store = open_store(settings.store_environment)
        self.log = Log(settings.agency, settings.servers, str(settings.credentials), settings.transport)
        directory = Directory.trusting(read_public(settings.root))
        self.keyring = Keyring(self.store, vault)
        self.replica = Replica(settings.agency, self.store, directory, self.keyring, settings.cached_cases)
        signer = Signer.load(settings.agency, settings.signing_key)
        sealing_keys = SealingKeys.load(settings.sealing_key)
        self._standing = Standing(self.replica, signer, sealing_keys)
        self.granting = Granting(
            signer=signer,
            sealing_keys=sealing_keys,
            log=self.log,
            store=self.store,
            replica=self.replica,
            keyring=self.keyring,
            now=now,
        )
        self.outbox = Outbox(
            mandate=mandate,
            signer=signer,
            root=Signer.load(settings.agency, settings.root_key) if settings.root_key.exists() else None,
            store=self.store,
            replica=self.replica,
            keyring=self.keyring,
            granting=self.granting,
            standing=self._standing,
            log=self.log,
            now=now,
            new_id=new_id,
        )
        parts = Parts(
            settings.agency,
            log=self.log,
            store=self.store,
            replica=self.replica,
            outbox=self.outbox,
            keyring=self.keyring,
            granting=self.granting,
            now=now,
        )
        self.personal = PersonalDetails(parts, new_id)
        self._erasing = Erasing(parts)
        self.tasks = Tasks(settings.agency, store=self.store, replica=self.replica, keyring=self.keyring)
        self._reactions = Reactions(
            mandate,
            settings,
            store=self.store,
            replica=self.replica,
            outbox=self.outbox,
            granting=self.granting,
            tasks=self.tasks,
        )
        self._clocks = Clocks(
            settings, log=self.log, store=self.store, replica=self.replica, outbox=self.outbox, now=now
        )
        self._trouble: str | None = "not connected yet"
        self._task: asyncio.Task[None] | None = None
        self._giving_up: asyncio.Task[None] | None = None
        self.replica.listen(self._take_note)

    @property
    def directory(self) -> Directory:
        """Who is on the bus, as far as the log has been followed."""
        return self.replica.directory

    async def start(self) -> None:
        """Open everything; connect in the background."""
        await self.replica.start()
        await self.granting.start()
        await self._erasing.start()
        await self.outbox.start()
        self._give_up_when_suspended()
        self.log.open()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Leave the bus; what is pending stays in the outbox."""
        for task in (self._task, self._giving_up):
            if task is not None:
                await end(task)
        await self.log.close()
        await self.keyring.settled()
        await self.store.close()

    def condition(self) -> Condition:
        """How the node is now."""
        broker = None if self.log.connected.is_set() else self.log.away
        return Condition(
            broker=broker or self._trouble,
            store=self.store.failure,
            replica=self._replica_trouble(),
            agency=self._standing.trouble,
        )

    def _replica_trouble(self) -> str | None:
        return None if self.outbox.flowing else "the replica is not known to be level with the log"

    def _take_note(self, committed: Committed) -> None:
        if committed.envelope.event_name == AgencySuspended.__name__:
            self._give_up_when_suspended()

    def _give_up_when_suspended(self) -> None:
        """What waits to be sent goes to the caseworkers, also when the broker is already closed to us."""
        if self._standing.suspended and self._giving_up is None:
            log.error("the agency is suspended")
            self._giving_up = asyncio.create_task(self.outbox.give_up("suspended"))

    async def _run(self) -> None:
        while True:
            await self.log.connected.wait()
            try:
                await self._session()
            except* (BusError, OSError) as group:
                self._ended(str(_first(group)), group)
            except* Exception as group:
                self._ended("an internal error; the log has its kind", group)
            finally:
                self.outbox.flowing = False
            await asyncio.sleep(_RETRY_AFTER)

    def _ended(self, trouble: str, group: BaseExceptionGroup[Exception]) -> None:
        self._trouble = trouble
        log.warning("session ended", extra={"error": type(_first(group)).__name__})

    async def _session(self) -> None:
        await self.replica.settled()
        await check.require_durable(self.settings.monitors, self.settings.transport)
        state = await self.log.state()
        if await self._rolled_back(state.last):
            log.error("the log was rolled back; reading it again", extra={"last": state.last})
            await self.replica.begin_incarnation()
        after = self.replica.position.sequence
        async with self.log.follow(after, self.settings.batch) as follower:
            await until_first_ends(self._replicate(follower), self._deliver_when_level(state.last))

    async def _replicate(self, follower: Follower) -> None:
        """Take the log in. While messages are judged and committed, the next ones are checked on another core."""
        ahead = asyncio.create_task(self._checked(follower))
        try:
            while True:
                checked = await ahead
                ahead = asyncio.create_task(self._checked(follower))
                await self.replica.take(checked)
        finally:
            await end(ahead)

    async def _checked(self, follower: Follower) -> list[tuple[LogMessage, Checked]]:
        return await self.replica.check(await follower.next())

    async def _rolled_back(self, last: int) -> bool:
        position = self.replica.position
        if position.sequence == 0:
            return False
        if last < position.sequence:
            return True
        message = await self.log.message(position.sequence)
        return message is None or message.digest != position.digest

    async def _deliver_when_level(self, last: int) -> None:
        await self.replica.reached(last)
        lacking = await self.outbox.reseed()
        self._trouble = None
        self.outbox.flowing = True
        await until_first_ends(
            self._deliver(lacking),
            self._react(),
            self.granting.give_what_is_due(),
            self.granting.take_what_is_granted(),
            self._erasing.running(),
        )

    async def _deliver(self, lacking: bool) -> None:
        while True:
            if not lacking:
                await self.outbox.something_waits.wait()
            await self.outbox.drain()
            lacking = lacking and await self.outbox.reseed()
            await asyncio.sleep(_RETRY_AFTER)  # what failed is not tried again at once

    async def _react(self) -> None:
        """Run the reactions and clocks; what this agency writes does not wait until their subscriptions are made."""
        while True:
            try:
                async with self._reactions.running(), self._clocks.running():
                    self._trouble = None
                    await asyncio.Event().wait()
            except Exception as error:  # whatever the subscriptions' library raises
                self._trouble = "the reactions do not run"
                log.warning("reactions not started", extra={"error": type(error).__name__})
            await asyncio.sleep(_RETRY_AFTER)


def _require_private(settings: BusSettings) -> None:
    """Let nobody else be able to read what we connect with; whoever loads the other keys looks at theirs."""
    read_private(settings.credentials)
    transport = settings.transport
    if transport is not None and transport.key is not None:
        read_private(transport.key)


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
