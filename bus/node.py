"""One agency's part of the bus: its log connection, store, replica and outbox, running together.

`start` connects in the background: reads work from the first moment, and writes wait in the outbox until the replica is
level with the log. Each connection to the broker begins a session. A session checks that the broker is safe, and that
the log is whole and the one we know; then it follows the log. The reconciler meets the agency's obligations beside the
sessions. The file has over 250 lines because it names each part of the mechanism once, and gives it its neighbours.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

from bus.cancellation import cancel_and_wait, race
from bus.case.judging import provenance
from bus.delivery import Delivery
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.envelope.signing import Signer, read_public
from bus.errors import BusError, InvariantError, LogHoleError, StoreError
from bus.health import NodeHealth, degraded
from bus.mandate import Mandate
from bus.mechanism import Mechanism
from bus.nats.durability import Durability
from bus.nats.log import Log
from bus.policies.clock import Clock
from bus.policies.policies import Policies
from bus.policies.steps import EventSteps
from bus.privacy.closed_grants import ClosedGrants
from bus.privacy.erasing import Erasing
from bus.privacy.kept_records import KeptRecords
from bus.privacy.key_granting import KeyGranting
from bus.privacy.key_taking import KeyTaking
from bus.privacy.openings import Openings
from bus.privacy.personal_records import PersonalRecords
from bus.privacy.receipts import Receipts
from bus.privacy.refused_grants import RefusedGrants
from bus.privacy.tasks import Tasks
from bus.privacy.year_counts import SealedCount, sealed_count
from bus.read_models.lists import Lists
from bus.read_models.read_models import ReadModels
from bus.reconciler.obligations import Duties
from bus.reconciler.reconciler import Reconciler
from bus.recovery.holders import Holders
from bus.recovery.mending import Mending
from bus.recovery.rebuilding import Rebuilding
from bus.recovery.recovery import Recovery
from bus.replica.feed import Feed
from bus.replica.losses import Losses
from bus.replica.replica import Committed, Replica
from bus.sealing.keyring import Keyring
from bus.sealing.sealing_keys import SealingKeys
from bus.sealing.vault import Vault
from bus.secret_files import read_private
from bus.settings import BusSettings
from bus.store import Kind, Obligation, Owed, Store, Transaction, open_store
from bus.submission.issuing import Issuing
from bus.submission.outbox import Outbox
from bus.submission.own_status import OwnStatus
from bus.submission.submission import Prepare, Receipt, Reception, Submission
from bus.webhooks.webhooks import Webhooks
from contracts.directory.events import AgencySuspended
from contracts.statistics.national import YearCount
from contracts.statistics.tables import Tally

log = logging.getLogger(__name__)

_RETRY_AFTER: Final = 0.25
_LOOK_EVERY: Final = 1.0
_AUDIT_EVERY: Final = 3600.0


class Node:
    """Everything that one agency runs on the bus."""

    def __init__(
        self, settings: BusSettings, mandate: Mandate, *, now: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self.settings = settings
        self.now = now
        agency = settings.agency
        _require_private(settings)
        vault = Vault.load(settings.vault, settings.secrets)
        vault.require_replaceable()
        vault.finish_replacing()
        signer, sealing_keys = Signer.load(agency, settings.signing_key), SealingKeys.load(settings.sealing_key)
        self._signer = signer
        root_of_trust = Directory.trusting(read_public(settings.root))
        duties = Duties(agency, mandate.concerns, settings.keeps_time, settings.turn)

        self.store: Store = open_store(settings.store_environment)
        self.log = Log(agency, settings.servers, str(settings.credentials), settings.transport)
        self.keyring = Keyring(self.store, vault)
        self.read_models = ReadModels(agency, self.store, self.keyring)
        self.replica = Replica(self.store, root_of_trust, self.keyring, duties, settings.cached_cases, self.read_models)
        self.feed = Feed(self.store, self.replica, self.keyring)
        self.lists = Lists(self.read_models, store=self.store, keyring=self.keyring, case=self.replica.case)
        self.webhooks = Webhooks(
            agency, store=self.store, keyring=self.keyring, now=lambda: self.now().timestamp(), new_id=new_id
        )
        self._rebuilding = Rebuilding(self.read_models, store=self.store, keyring=self.keyring, replica=self.replica)
        self.outbox = Outbox(agency, mandate.kind, store=self.store, replica=self.replica, now=now)
        self.reconciler = Reconciler(self.store, now)
        self.losses = Losses(self.store)
        self._standing = OwnStatus(self.replica, signer, sealing_keys)
        self.granting = KeyGranting(
            signer, log=self.log, store=self.store, replica=self.replica, keyring=self.keyring, now=now
        )
        self.issuing = Issuing(
            mandate,
            signer=signer,
            root=Signer.load(agency, settings.root_key) if settings.root_key.exists() else None,
            duties=duties,
            replica=self.replica,
            outbox=self.outbox,
            reception=Reception(self.store, self.keyring),
            keyring=self.keyring,
            standing=self._standing,
            log=self.log,
            losses=self.losses,
            new_epoch=self.granting.new_epoch,
            hand_out=self.granting.hand_out,
            now=now,
            new_id=new_id,
        )
        self.mechanism = Mechanism(self.issuing, self.outbox, self.replica, self.store)
        self.tasks = Tasks(
            agency, store=self.store, replica=self.replica, keyring=self.keyring, read_models=self.read_models
        )
        self.kept = KeptRecords(
            agency,
            mandate.keeps,
            store=self.store,
            replica=self.replica,
            keyring=self.keyring,
            now=now,
            new_id=new_id,
        )
        self.receipts = Receipts(store=self.store, replica=self.replica, mechanism=self.mechanism, now=now)
        self.openings = Openings(agency, store=self.store, keyring=self.keyring)
        self.personal = PersonalRecords(
            agency,
            log=self.log,
            store=self.store,
            replica=self.replica,
            keyring=self.keyring,
            granting=self.granting,
            issuing=self.issuing,
            mechanism=self.mechanism,
            now=now,
            new_id=new_id,
        )
        self._taking = KeyTaking(
            agency,
            sealing_keys,
            log=self.log,
            store=self.store,
            replica=self.replica,
            keyring=self.keyring,
            granting=self.granting,
            now=now,
        )
        self._holders = Holders(settings, log=self.log, store=self.store, position=lambda: self.replica.position)
        self._recovery = Recovery(
            duties,
            root_of_trust,
            log=self.log,
            store=self.store,
            replica=self.replica,
            outbox=self.outbox,
            losses=self.losses,
            holders=self._holders,
            now=now,
        )
        self._obligations(mandate, duties)
        self._trouble: str | None = "not connected yet"
        self.owed: list[Owed] = []
        """The obligations that are due, counted by kind; refreshed every second."""
        self.durability = Durability(settings.monitors, settings.transport)
        self._degraded: tuple[str, ...] = ()
        self._unsure = False
        self._tasks: list[asyncio.Task[None]] = []
        self.replica.listen(self._on_committed)
        self.replica.on_damaged = self._on_damaged
        self.tasks.on_told = self.outbox.on_told = self.feed.wake
        self.replica.on_shown = self.reconciler.wake_for_news

    def _obligations(self, mandate: Mandate, duties: Duties) -> None:
        """Give the reconciler its handlers. In one lane it runs one handler at a time for each case."""
        delivery = Delivery(
            store=self.store,
            replica=self.replica,
            outbox=self.outbox,
            mechanism=self.mechanism,
            losses=self.losses,
        )
        erasing = Erasing(
            self.settings.agency,
            log=self.log,
            store=self.store,
            replica=self.replica,
            keyring=self.keyring,
            granting=self.granting,
            outbox=self.outbox,
            mechanism=self.mechanism,
            kept=self.kept,
            now=self.now,
        )
        closed = ClosedGrants(self.settings.agency, log=self.log, store=self.store, replica=self.replica)
        policies = Policies(
            mandate, duties, store=self.store, replica=self.replica, mechanism=self.mechanism, tasks=self.tasks
        )
        clock = Clock(
            duties,
            replica=self.replica,
            mechanism=self.mechanism,
            level=lambda: self.issuing.level,
            broker_time=self.log.time,
            now=self.now,
        )
        mending = Mending(duties, log=self.log, store=self.store, replica=self.replica, losses=self.losses)
        self.reconciler.handles("deliver", {Kind.DELIVER: delivery.deliver})
        self.reconciler.handles("react", {Kind.REACT: policies.react})
        self.reconciler.handles("clock", {Kind.CLOCK: clock.ring})
        self.reconciler.handles("look", {Kind.LOOK: self._taking.look})
        self.reconciler.handles(
            "keys",
            {
                Kind.GRANT: self.granting.give,
                Kind.CONSENT: self.granting.follow_consent,
                Kind.ERASE: erasing.carry_out,
                Kind.WITHDRAW: closed.ask,
                Kind.DELETE: closed.delete,
                Kind.RELEASE: self.kept.release_due,
            },
        )
        self.reconciler.handles(
            "mend",
            {Kind.PUT_BACK: mending.put_back, Kind.FILL: self._recovery.fill, Kind.REPAIR: mending.repair},
        )

    @property
    def directory(self) -> Directory:
        """The directory of agencies, as far as we have read the log."""
        return self.replica.directory

    @property
    def refused_grants(self) -> RefusedGrants:
        """The grants to us that we could not take."""
        return self._taking.refused

    @property
    def level(self) -> bool:
        """Return whether the replica is level with the log, so that events may be appended."""
        return self.issuing.level

    def steps(self, envelope: Envelope, name: str) -> EventSteps:
        """The steps that some code of ours may take after an event; see `EventSteps`."""
        directory = self.replica.directory
        said = provenance(envelope, directory)
        return EventSteps(self.settings.agency, said, envelope, name, self.tasks, self.mechanism, directory)

    async def year_count(self, tally: Tally) -> SealedCount:
        """Count the cases that we opened, sealed to the national coordinator.

        `tally`: an empty one of a calendar year. Raises GrantError when the directory has no key of the coordinator.
        """
        counted = await self.lists.opened_here(tally)
        count = YearCount.of(self.settings.agency, tally.first.year, counted, self.now())
        return sealed_count(count, self.directory, self._signer)

    async def submit(self, submission: Submission, prepare: Prepare | None = None) -> Receipt:
        """Issue an event; see `Mechanism.submit`."""
        return await self.mechanism.submit(submission, prepare)

    async def try_out(self, submission: Submission) -> None:
        """Judge an event as `submit` does, and do nothing else; see `Issuing.try_out`."""
        await self.issuing.try_out(submission)

    async def start(self) -> None:
        """Open the store and start all tasks; the connection is made in the background.

        Raises StoreError when the store is another agency's or does not open.
        """
        try:
            await self.store.owned_by(self.settings.agency)
            await self.keyring.require_opening()
            await self.losses.start()
            await self.read_models.start()
            await self.replica.start()
            await self.outbox.start()
            await self.store.unpark(self.now().timestamp())
        except BaseException:
            await self.store.close()
            raise
        self.store.start()
        self.log.open()
        beside = (
            self._run(),
            self._always(self.reconciler.run, "obligations"),
            self._watch(),
            self._rebuilding.running(),
        )
        self._tasks = [asyncio.create_task(coroutine) for coroutine in beside]

    async def stop(self) -> None:
        """Leave the bus. Pending events stay in the outbox, obligations in the store."""
        for task in self._tasks:
            with suppress(Exception):
                await cancel_and_wait(task)
        await self.log.close()
        await self.keyring.settled()
        await self.store.close()

    def health(self) -> NodeHealth:
        """Return the node's health now."""
        broker = None if self.log.connected.is_set() else self.log.away
        return NodeHealth(
            broker=broker or self._trouble,
            store=self.store.failure,
            replica=None if self.level else "the replica is not known to be level with the log",
            agency=self._standing.trouble,
            degraded=self._degraded + self.durability.doubts,
            lists=self._rebuilding.progress,
        )

    def _on_committed(self, committed: Committed) -> None:
        if committed.envelope.event_name == AgencySuspended.__name__ and self._standing.suspended:
            log.error("the agency is suspended")

    def _on_damaged(self, case_id: str) -> None:
        self._owe(Obligation(Kind.REPAIR, case_id, since=self.now().timestamp()))

    def _owe(self, obligation: Obligation) -> None:
        async def owe() -> None:
            transaction = Transaction()
            transaction.oblige(obligation)
            with suppress(StoreError):
                await self.store.write(transaction)
            self.reconciler.wake()

        task = asyncio.create_task(owe())
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

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
                self.issuing.level = False
            await asyncio.sleep(_RETRY_AFTER)

    def _ended(self, trouble: str, group: BaseExceptionGroup[Exception]) -> None:
        self._trouble = trouble
        self._unsure |= isinstance(_first(group), (InvariantError, StoreError))
        if isinstance(_first(group), LogHoleError):
            self._recovery.met(trouble)
        log.warning("session ended", extra={"error": type(_first(group)).__name__})

    async def _session(self) -> None:
        if self._unsure:
            await self.replica.start()  # the store failed in a commit: read again what it holds
            await self.outbox.start()
            self._unsure = False
        await self.durability.at_session()
        why = await self._recovery.why()
        if why is not None:
            self._trouble = f"{why}; it is being read again"
            await self._recovery.run(self.settings.batch, why)
        after = self.replica.position.sequence
        async with self.log.follow(after, self.settings.batch) as follower:
            await race(self.mechanism.follow(follower), self._when_level())

    async def _when_level(self) -> None:
        await self.replica.reached(await self.log.last())
        self._trouble = None
        self.issuing.level = True
        await self.store.hurry(self.now().timestamp())
        self.reconciler.wake()
        await race(self._always(self._taking.run, "grants"), self._always(self._answer, "holders"), self._audit())

    async def _answer(self) -> None:
        async with self._holders.answering():
            await asyncio.Event().wait()

    async def _audit(self) -> None:
        """Audit brokers, log and store every hour, and whenever `wanted` is set. Raises LogHoleError on a loss."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_AUDIT_EVERY):
                    await self._recovery.wanted.wait()
            await self.durability.again()
            why = await self._recovery.why()
            if why is not None:
                raise LogHoleError(why)

    async def _always(self, run: Callable[[], Awaitable[None]], what: str) -> None:
        """Run something for ever. If it fails, start it again, so that its failure does not end the other tasks."""
        while True:
            try:
                await run()
            except Exception as error:
                log.warning("begun again", extra={"what": what, "error": type(error).__name__})
            await asyncio.sleep(_RETRY_AFTER)

    async def _watch(self) -> None:
        """Every second, refresh `degraded` and `owed`. When a key is found damaged, look for it among our grants."""
        looked_for = 0
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            now = self.now().timestamp()
            moves = self._taking.moving or not self.level
            with suppress(StoreError):
                self._degraded = await degraded(
                    self.store, self.keyring, self.losses, now, grants_move=moves, refused=tuple(self.refused_grants)
                )
                self.owed = await self.store.work(now)
            if len(self.keyring.damaged) > looked_for:
                self._owe(Obligation(Kind.LOOK, "", since=self.now().timestamp()))
            looked_for = len(self.keyring.damaged)


def _require_private(settings: BusSettings) -> None:
    """Raise StoreError when others may read our broker credentials or TLS key.

    The other keys are checked when they are loaded.
    """
    read_private(settings.credentials)
    transport = settings.transport
    if transport is not None and transport.key is not None:
        read_private(transport.key)


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
