"""Random histories that one agency's node takes in without a broker: lawful or not, in order or late.

async with Histories.of(tmp_path, "police", seed=1) as histories:
    await histories.go_on(200)
    histories.node.lists
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bus.case.case_replica import CaseReplica
from bus.envelope.envelope import CONTENT_TYPE, SEALED_TYPE, Draft, Envelope, place
from bus.envelope.signing import Signer
from bus.mandate import Mandate
from bus.nats.log import LogMessage
from bus.node import Node
from bus.operator.bootstrap import lacking
from bus.operator.provision import provision
from bus.replica.checking import check
from bus.sealing.content import ContentKey, seal
from bus.sealing.keyring import CASE
from bus.settings import BusSettings
from bus.store import Transaction
from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.clocks import fallen_due
from contracts.chapters.closure import CaseClosed, CaseReopened
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested, holders_of
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralWithdrawn
from contracts.event.case_event import CaseEvent
from contracts.law.in_force import ruleset_in_force
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.reflection_period import ReflectionPeriodGranted, ReflectionPeriodRequested
from contracts.sweden.chapters.residence_permit import ResidencePermitGranted
from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyKind, kind_named_by
from harness.bus import an_event, full_mandate

AGENCIES = ("police", "ngo-fyren", "municipality-0180", "migration", "coordinator")
_PLACES = (("01", "0180"), ("12", "1280"), ("14", None))


@dataclass
class _Case:
    """A case as one who holds every key sees it."""

    file: CaseReplica
    keys: list[ContentKey]
    withheld: list[ContentKey] = field(default_factory=list)


@dataclass
class Histories:
    """One node's cases, and what goes on in them. The clock goes on with each event."""

    node: Node
    signers: Mapping[str, Signer]
    chance: random.Random
    now: datetime = datetime(2024, 1, 10, 9, tzinfo=UTC)
    sequence: int = 0
    cases: dict[str, _Case] = field(default_factory=dict)
    mandate: Mandate = field(kw_only=True)
    sent: list[LogMessage] = field(default_factory=list)
    _waiting: list[LogMessage] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def of(
        cls, folder: Path, agency: str, *, seed: int, store: Mapping[str, str] | None = None, **settings: Any
    ) -> AsyncIterator[Histories]:
        """An agency's node with an empty store of its own, in which the directory stands."""
        mandates = {each: full_mandate(each) for each in AGENCIES}
        layout = provision(folder, mandates, datetime(2024, 1, 1, tzinfo=UTC))
        known = BusSettings(
            agency, layout.home(agency), layout.root, ("nats://127.0.0.1:1",), (), store or {}, **settings
        )
        chance = random.Random(seed)
        histories: Histories | None = None

        def now() -> datetime:
            return datetime(2024, 1, 1, tzinfo=UTC) if histories is None else histories.now

        def new_id() -> str:
            return str(UUID(int=chance.getrandbits(128), version=4))

        node = Node(known, mandates[agency], now=now, new_id=new_id)
        await node.start()
        try:
            signers = {each: Signer.load(each, layout.home(each) / "signing.pem") for each in AGENCIES}
            histories = cls(node, signers, chance, mandate=mandates[agency])
            for envelope in lacking(node.directory, layout, mandates, now=now, new_id=new_id):
                histories._send(envelope)
            await histories.arrive()
            yield histories
        finally:
            await (node if histories is None else histories.node).stop()

    async def restart(self) -> None:
        """The node stops and another starts over what it kept."""
        await self.arrive()
        await self.node.stop()
        self.node = Node(self.node.settings, self.mandate, now=lambda: self.now, new_id=self._id)
        await self.node.start()

    def _send(self, envelope: Envelope) -> None:
        self.sequence += 1
        self._waiting.append(LogMessage(self.sequence, envelope.subject, dict(envelope.headers), envelope.data))

    async def arrive(self) -> None:
        """What was sent reaches the replica, in one batch."""
        self.sent += self._waiting
        await self.node.mechanism.take(await check(self._waiting, self.node.directory))
        self._waiting = []

    async def go_on(self, events: int) -> None:
        """So many events are issued, and reach the replica in batches of any size; keys come when they come."""
        for _ in range(events):
            await self._issue()
            if self.chance.random() < 0.3:
                await self.arrive()
            if self.chance.random() < 0.4:
                await self._grant()
        await self.arrive()

    async def all_keys_come(self) -> None:
        """What was withheld is granted."""
        await self.arrive()
        for case_id in self.cases:
            await self._give(case_id)

    async def _grant(self) -> None:
        await self.arrive()
        await self._give(self.chance.choice(list(self.cases)))

    async def _give(self, case_id: str) -> None:
        case = self.cases[case_id]
        keys, case.withheld = case.withheld, []
        if keys:
            transaction = Transaction()
            transaction.put_keys(self.node.keyring.wrapped(key, "ngo-fyren") for key in keys)
            await self.node.replica.take_keys(keys, lambda _: transaction)

    def _id(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    async def _issue(self) -> None:
        if len(self.cases) < 3 or self.chance.random() < 0.07:
            region, municipality = self.chance.choice(_PLACES)
            detected = self._said(
                VictimDetected,
                region=region,
                municipality=municipality,
                age_band=self.chance.choice(("adult", "minor", "unknown")),
                exploitation_forms=self.chance.sample(("sexual", "labour", "other"), self.chance.choice((1, 1, 2))),
            )
            await self.says(self.chance.choice((*AGENCIES, *[self.node.settings.agency] * 4)), detected, self._id())
            return
        case_id = self.chance.choice(list(self.cases))
        view = self.cases[case_id].file.view
        inside = [each.agency for each in view.participants if each.agency in AGENCIES]
        by, event = self._something(case_id, inside or list(AGENCIES))
        await self.says(by, event, case_id)

    def _said(self, event: type[CaseEvent], **changes: Any) -> CaseEvent:
        late = timedelta(minutes=self.chance.choice((0, 0, 1, 1, 60 * 24 * 3)))
        return an_event(event, occurred_at=(self.now - late).isoformat(), **changes)

    def _begun(self, begun: tuple[Begun, ...]) -> str:
        return self.chance.choice(begun).id if begun else self._id()

    def _something(self, case_id: str, inside: list[str]) -> tuple[str, CaseEvent]:
        """What somebody says next in a case: mostly somebody who takes part, mostly about what is there."""
        view, chance, today = self.cases[case_id].file.view, self.chance, self.now.date()
        by = chance.choice(inside) if chance.random() < 0.95 else chance.choice(AGENCIES)
        due = fallen_due(view, self.now)
        if due and chance.random() < 0.5:
            return "coordinator", due[0]
        others = [each for each in AGENCIES if each != by]
        own = self.node.settings.agency
        to = own if own != by and chance.random() < 0.5 else chance.choice(others)
        offers = tuple(offer for offer in view.offers if offer.state == "open")
        answered = chance.choice(offers) if offers else None
        investigation = () if view.investigation is None else (view.investigation,)
        in_days = (today + timedelta(days=chance.randint(5, 90))).isoformat()
        soon = (self.now + timedelta(hours=chance.randint(1, 200))).isoformat()
        lead = view.lead or by
        choices: list[tuple[int, str, type[CaseEvent], dict[str, Any]]] = [
            (5, by, ConsentGiven, {"recipients": others, "purposes": ["support"], "valid_until": in_days}),
            (2, by, ConsentGiven, {"recipients": chance.sample(others, 2), "valid_until": in_days}),
            (12, by, CaseReferred, {"recipient": to, "purposes": ["support"], "respond_by": soon}),
            (2, by, ConsultationRequested, {}),
            (1, "coordinator", AdviceGiven, {"consultation_id": self._begun(view.consultations)}),
            (2, "police", InvestigationOpened, {}),
            (1, "police", InvestigationClosed, {"investigation_id": self._begun(investigation)}),
            (1, "police", ReflectionPeriodRequested, {}),
            (2, "migration", ReflectionPeriodGranted, {
                "request_id": self._begun(view.reflection_periods),
                "starts_on": today.isoformat(),
                "ends_on": (today + timedelta(days=29)).isoformat(),
            }),
            (1, "migration", ResidencePermitGranted, {"valid_from": today.isoformat(), "valid_until": in_days}),
            (1, by, ChildConcernReported, {"municipality": "municipality-0180"}),
            (1, lead, CaseClosed, {"reason": chance.choice(("returned", "other"))}),
            (1, lead, CaseClosed, {"reason": "duplicate", "duplicate_of": self._id()}),
            (2, by, CaseReopened, {}),
            (1, lead, LeadHandedOver, {"to": to}),
            (1, by, ConsentWithdrawn, {"consent_id": self._begun(view.consents)}),
        ]  # fmt: skip
        if answered is not None:
            choices += [
                (6, answered.recipient, ReferralAccepted, {"offer_id": answered.id}),
                (3, answered.recipient, ReferralDeclined, {"offer_id": answered.id, "suggested_recipient": None}),
                (2, answered.referrer, ReferralWithdrawn, {"offer_id": answered.id}),
            ]
        if view.version > 25:
            holders = holders_of(view)
            choices.append((1, lead, ErasureRequested, {"scope": "case", "reason": "other", "holders": holders}))
        if view.erasures:
            request_id = self._begun(view.erasures)
            choices.append((20, chance.choice(AGENCIES), ErasureConfirmed, {"request_id": request_id}))
        _, said_by, event, facts = chance.choices(choices, [choice[0] for choice in choices])[0]
        return said_by, self._said(event, **facts)

    async def says(self, agency: str, event: CaseEvent, case_id: str) -> Envelope | None:
        """An agency issues an event; None where an agency of its kind cannot."""
        kind = kind_named_by(agency)
        if kind is None or kind not in event.issuers or kind is AgencyKind.AUDITOR:
            return None
        case = self.cases.get(case_id)
        if case is None:
            case = self.cases[case_id] = _Case(CaseReplica.unopened(case_id), [])
            self._new_key(case_id, case)
        elif event.sealed and (case.file.keys.rekey_needed or case.file.keys.current is None):
            self._new_key(case_id, case)
        self.now += timedelta(minutes=self.chance.choice((1, 30, 60, 300, 60 * 24 * 2)))
        event_id, version = self._id(), case.file.chain.version + 1
        content, key = event.model_dump_json().encode(), case.keys[-1]
        # Two agencies' clocks differ: around the end of a month the later event can be of the earlier month.
        recorded_at = self.now - timedelta(hours=self.chance.choice((0, 0, 0, 30)))
        draft = Draft(
            event_id=event_id,
            case_id=case_id,
            type=event.type_name(),
            schema_uri=event.schema_uri(),
            data=seal(key, content, agency=agency, id=event_id) if event.sealed else content,
            content_type=SEALED_TYPE if event.sealed else CONTENT_TYPE,
            ruleset=ruleset_in_force(event.occurred_on, recorded_at).id,
            recorded_at=recorded_at,
            correlation_id=event_id,
            causation_id=event_id,
        )
        envelope = place(draft, version=version, previous=case.file.chain.hash, signer=self.signers[agency])
        case.file = case.file.after(envelope, self.node.directory).case
        self._send(envelope)
        await self._hold(case_id, case)
        return envelope

    def _new_key(self, case_id: str, case: _Case) -> None:
        key = ContentKey.new(case_id, CASE)
        case.keys.append(key)
        case.withheld.append(key)
        case.file = replace(case.file, keys=replace(case.file.keys, held=tuple(case.keys)))

    async def _hold(self, case_id: str, case: _Case) -> None:
        """The node is granted the case's keys at once, or later, once it takes part."""
        if case.withheld and case.file.view.takes_part(self.node.settings.agency) and self.chance.random() < 0.85:
            if case.file.chain.version == 1:  # who opens a case has made its key before
                keys, case.withheld = case.withheld, []
                transaction = Transaction()
                transaction.put_keys(self.node.keyring.wrapped(key, self.node.settings.agency) for key in keys)
                await self.node.store.write(transaction)
                self.node.replica._cache.pop(case_id, None)
            else:
                await self.arrive()
                await self._give(case_id)
