"""Personal details: sealed records beside the log. Only the agencies that the victim's consent names can open them.

We fail closed. A record is written or read only while the replica is level with the log, so we know each withdrawal of
consent that is in the log. A reading is in the log before any record is shown. We destroy a key when no consent opens
it to us any more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from bus.case.case_replica import CaseReplica
from bus.errors import BrokerAwayError, SealError, UnknownCaseError
from bus.mechanism import Mechanism
from bus.nats.erasable_streams import personal_subject
from bus.nats.log import Log
from bus.privacy.key_granting import KeyGranting
from bus.replica.replica import Replica
from bus.sealing.content import ContentKey, kid_of, open_sealed, seal
from bus.sealing.keyring import Keyring, Keys
from bus.store import OutboxStatus, Store
from bus.submission.issuing import Issuing
from bus.submission.submission import Receipt, Submission
from contracts.calendar.days import swedish_day
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.errors import EventError
from contracts.event.published_event import PublishedEvent
from contracts.event.upcasting import read_event
from contracts.privacy.readers import may_read_personal
from contracts.privacy.record_forms import PersonalRecord, read_record
from contracts.view.parts.personal_data import RecordedDetails
from contracts.vocabulary.agencies import AgencyId, Role
from contracts.vocabulary.choices import DataClass, Purpose

log = logging.getLogger(__name__)

NO_CONSENT: Final = "00000000-0000-0000-0000-000000000000"
"""The consent id for a reading that no consent covers; the rules then refuse it and say what is missing."""


class Unopened(StrEnum):
    """Why a record is not shown.

    ABSENT: there is no record on its subject. ALTERED: it is not the record whose digest is in the log. NO_KEY: none of
    our keys opens it; its writer has not granted one yet, or may not. UNREADABLE: the content has no known form.
    """

    ABSENT = "absent"
    ALTERED = "altered"
    NO_KEY = "no-key"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Opened:
    """A record after a reading. If `content` is None, `why` gives the reason."""

    record: RecordedDetails
    content: PersonalRecord | None
    why: Unopened | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who reads, as the log names them: the role, and the agency's own pseudonym of 16 hex digits."""

    role: Role
    person: str


class PersonalRecords:
    """Writes and reads one agency's part of the personal details."""

    def __init__(
        self,
        agency: AgencyId,
        *,
        log: Log,
        store: Store,
        replica: Replica,
        keyring: Keyring,
        granting: KeyGranting,
        issuing: Issuing,
        mechanism: Mechanism,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._agency = agency
        self._log = log
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self._granting = granting
        self._issuing = issuing
        self._mechanism = mechanism
        self._now = now
        self._new_id = new_id

    async def record(
        self,
        case_id: str,
        record: PersonalRecord,
        *,
        replaces: str | None = None,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
    ) -> Receipt:
        """Seal a record, put it at the broker, and issue PersonalDetailsRecorded about it.

        `replaces`: the id of an earlier record that this one replaces. Raises the errors of `Mechanism.submit`, and
        BrokerAwayError when it cannot be done now; then nothing was recorded.
        """
        event = PersonalDetailsRecorded(
            occurred_at=self._now(),
            record_id=self._new_id(),
            data_class=record.data_class,
            digest="0" * 64,
            replaces=replaces,
        )

        async def put_beside(_: PublishedEvent) -> PublishedEvent:
            sealed = await self._put(case_id, event, record)
            return event.model_copy(update={"digest": sha256(sealed).hexdigest()})

        submission = Submission(event, case_id=case_id, idempotency_key=idempotency_key, request_digest=request_digest)
        return await self._mechanism.submit(submission, put_beside)

    async def _put(self, case_id: str, event: PersonalDetailsRecorded, record: PersonalRecord) -> bytes:
        """Seal a record and put it at the broker. Return its ciphertext."""
        case = await self._level(case_id)
        await self._issuing.require(case, event)
        key = await self._key(case, event.data_class)
        content = record.model_dump_json(exclude_none=True).encode()
        sealed = seal(key, content, agency=self._agency, id=event.record_id)
        await self._log.put(personal_subject(case_id, event.data_class, event.record_id, self._agency), sealed)
        return sealed

    async def record_of(self, case_id: str, event_id: str) -> str | None:
        """Return the id of the record that an event of a case is about; None if we cannot read that event."""
        view = (await self._replica.case(case_id)).view
        for record in view.personal_records:
            if record.id == event_id:
                return str(record.record_id)
        async for held in self._replica.history(case_id):  # the view lacks a record that was replaced
            if held.envelope.event_id == event_id and held.content is not None:
                event = read_event(held.envelope.type, held.content)
                return event.record_id if isinstance(event, PersonalDetailsRecorded) else None
        return None

    async def read(
        self, case_id: str, data_classes: Sequence[DataClass], purpose: Purpose, reader: Reader
    ) -> tuple[Receipt, list[Opened]]:
        """Issue PersonalDetailsRead; once it is in the log, return its receipt and the records of these classes.

        Raises the errors of `Mechanism.submit` (RefusedError with R11 when no consent opens the records to us), and
        BrokerAwayError when we cannot know if consent is in force. Then nothing is shown.
        """
        case = await self._level(case_id)
        event = PersonalDetailsRead(
            occurred_at=self._now(),
            data_classes=tuple(data_classes),
            purpose=purpose,
            consent_id=self._consent(case, data_classes, purpose),
            role=reader.role,
            person=reader.person,
        )
        receipt = await self._mechanism.submit(Submission(event, case_id=case_id))
        if receipt.status is not OutboxStatus.DELIVERED:
            raise BrokerAwayError("the reading is not in the log, so nothing is shown")
        case = await self._replica.case(case_id)  # after the reading
        records = [each for each in case.view.personal_records if each.data_class in data_classes]
        return receipt, [await self._opened(case_id, each) for each in records]

    async def _level(self, case_id: str) -> CaseReplica:
        """Return the case, if the replica is level with the log and we can read the case.

        Raises BrokerAwayError or UnknownCaseError.
        """
        if not self._issuing.level:
            raise BrokerAwayError("it cannot be seen whether consent is in force")
        case = await self._replica.case(case_id)
        if not case.view.takes_part(self._agency):
            raise UnknownCaseError(case_id)
        if case.unreadable:
            raise BrokerAwayError("a key of this case has not reached us yet")
        return case

    def _consent(self, case: CaseReplica, data_classes: Sequence[DataClass], purpose: Purpose) -> str:
        """Return the consent that opens all these classes to us for this purpose.

        If there is none, return one that opens something to us, or NO_CONSENT; the refusal then names it.
        """
        on = swedish_day(self._now())
        covering = [each for each in case.view.consents if each.covers(self._agency, purpose, on)]
        whole = [each.id for each in covering if set(data_classes) <= set(each.data_classes)]
        return str(next(iter([*whole, *(each.id for each in covering), NO_CONSENT])))

    async def _key(self, case: CaseReplica, data_class: DataClass) -> ContentKey:
        """Return a key of our own that only agencies hold that may read now; if there is none, make one."""
        may_read = may_read_personal(case.view, data_class, swedish_day(self._now()))
        readers = [each for each in may_read if self._replica.directory.sealing_key(each) is not None]  # not suspended
        for key in await self._keyring.own(case.case_id, data_class, self._agency):
            if set(await self._store.given(key.case_id, data_class, key.kid)) <= {*readers, self._agency}:
                return key
        return await self._granting.new_epoch(case, data_class, {*readers, self._agency})

    async def _opened(self, case_id: str, record: RecordedDetails) -> Opened:
        subject = personal_subject(case_id, record.data_class, record.record_id, record.recorded_by)
        sealed = await self._log.kept(subject)
        if sealed is None:
            return Opened(record, None, Unopened.ABSENT)
        if sha256(sealed).hexdigest() != record.digest:
            return Opened(record, None, Unopened.ALTERED)
        return _opened(await self._keyring.of(case_id, record.data_class), sealed, record)


def _opened(keys: Keys, sealed: bytes, record: RecordedDetails) -> Opened:
    why = Unopened.NO_KEY
    for key in keys:
        try:
            if key.kid == kid_of(sealed):  # several keys may have this id, because any agency can grant one
                content = open_sealed(key, sealed, agency=record.recorded_by, id=record.record_id)
                return Opened(record, read_record(record.data_class, content))
        except (SealError, EventError) as error:
            log.warning("record not opened", extra={"error": type(error).__name__})
            why = Unopened.UNREADABLE
    return Opened(record, None, why)
