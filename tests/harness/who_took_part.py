"""Tells a case, and keeps an account of it: who took part when, and which agencies the consents let read which data.

The account follows from the acts of the victim and the agencies; it asks neither the views nor the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bus.submission.submission import Receipt
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.referral import ReferralDeclined
from contracts.privacy.record_forms import PersonalRecord
from contracts.vocabulary.parts import Part
from harness import sharing
from harness.bus import Bus, an_event


@dataclass
class Told:
    """One case. A stay is [first version, last version]; the last is None while it lasts.

    `reads`: for each part beside the core, the stays of the agencies that read it.
    """

    bus: Bus
    opener: str
    case_id: str = ""
    stays: dict[str, list[list[int | None]]] = field(default_factory=dict)
    reads: dict[Part, dict[str, list[list[int | None]]]] = field(default_factory=dict)
    consents: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    offers: dict[str, str] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)
    """Who is offered the case now, and has not answered."""
    previews: dict[int, str] = field(default_factory=dict)
    """Who has a preview that came with an event, by its version."""
    opened_outside: set[tuple[str, int, Part]] = field(default_factory=set)
    """The sections of events about an offer, which its recipient opens."""
    recorders: dict[str, str] = field(default_factory=dict)
    """Who wrote a record, by its subject."""
    erased: bool = False

    async def opens(self) -> Told:
        """The opener detects a victim."""
        receipt = await self.bus.detect(self.opener)
        self.case_id = receipt.case_id
        self.accepted.add(self.opener)
        self._joins(self.opener, receipt, Part.SUPPORT, Part.DIALOGUE)
        return self

    async def consents_to(self, *recipients: str, classes: tuple[str, ...]) -> str:
        """The victim consents, by which nobody comes."""
        event_id = await sharing.consent(self.bus, self.case_id, *recipients, classes=classes, by=self.opener)
        self.consents[event_id] = (set(recipients), set(classes))
        return event_id

    async def refers_to(self, agency: str) -> None:
        """The opener offers the case, and the recipient has the preview."""
        self.offers[agency] = await sharing.refer(self.bus, self.case_id, agency, by=self.opener)
        made = await self._receipt(self.opener, self.offers[agency])
        assert made.version is not None
        self.offered.add(agency)
        self.previews[made.version] = agency
        self.opened_outside |= {(agency, made.version, Part.CORE), (agency, made.version, Part.DIALOGUE)}
        await self.bus.level()
        await self.bus.offered(self.case_id, agency)

    async def accepts(self, agency: str) -> None:
        """The recipient takes it on."""
        answer = await sharing.accept(self.bus, self.case_id, agency, self.offers[agency])
        self.accepted.add(agency)
        self.offered.discard(agency)
        self._joins(agency, await self._receipt(agency, answer), Part.SUPPORT, Part.DIALOGUE)

    async def assesses(self, agency: str) -> None:
        """An agency that supports the victim says what the victim needs, which is a matter of the support alone."""
        await self.bus.level()
        await self.bus.readable(self.case_id)
        await self.says(agency, an_event(NeedsAssessed, occurred_at=sharing.now()))

    async def declines(self, agency: str) -> None:
        """The recipient says no, and is left with what it opened."""
        answer = an_event(ReferralDeclined, occurred_at=sharing.now(), offer_id=self.offers[agency])
        said = await self.bus.submit(agency, answer, self.case_id)
        assert said.version is not None
        self.offered.discard(agency)
        self.opened_outside.add((agency, said.version, Part.CORE))

    async def withdraws(self, consent_id: str, recipient: str) -> None:
        """The victim no longer consents to the recipient, which has no other consent."""
        change: dict[str, Any] = {"consent_id": consent_id, "recipients": [recipient]}
        event = an_event(ConsentWithdrawn, occurred_at=sharing.now(), **change)
        self._leaves(recipient, await self.bus.submit(self.opener, event, self.case_id))
        self.consents[consent_id][0].discard(recipient)

    async def records(self, agency: str, record: PersonalRecord) -> None:
        """An agency writes something down."""
        await self.bus.level()
        receipt = await self.bus.nodes[agency].personal.record(self.case_id, record)
        case = await self.bus.nodes[agency].replica.case(self.case_id)
        (written,) = [each for each in case.view.personal_records if each.id == receipt.event_id]
        subject = f"personal.{self.case_id}.{record.data_class}.{written.record_id}.{agency}"
        self.recorders[subject] = agency

    async def says(self, agency: str, event: Any) -> None:
        """An agency issues something by which nobody comes or goes."""
        await self.bus.submit(agency, event, self.case_id)

    async def _receipt(self, agency: str, event_id: str) -> Receipt:
        return await self.bus.delivered(agency, event_id)

    def _joins(self, agency: str, receipt: Receipt, *parts: Part) -> None:
        for account in (self.stays, *(self.reads.setdefault(part, {}) for part in parts)):
            stays = account.setdefault(agency, [])
            if not stays or stays[-1][1] is not None:
                stays.append([receipt.version, None])

    def _leaves(self, agency: str, receipt: Receipt) -> None:
        for account in (self.stays, *self.reads.values()):
            if account.get(agency, [[0, 0]])[-1][1] is None:
                account[agency][-1][1] = receipt.version
        self.accepted.discard(agency)

    # What follows from the account

    @property
    def present(self) -> set[str]:
        """Who takes part now."""
        return {agency for agency, stays in self.stays.items() if stays[-1][1] is None}

    def may_open(self, agency: str, version: int, part: Part) -> bool:
        """Who read a part while an epoch went on, or came after it began, reads all of it: also what came before.

        An epoch is named by the version after which it began: of the last leaving before it.
        """
        account = self.stays if part is Part.CORE else self.reads.get(part, {})
        lefts = [last for stays in account.values() for _, last in stays if last is not None and last < version]
        epoch = max(lefts, default=0)
        reads = any(last is None or last > epoch for _, last in account.get(agency, []))
        return not self.erased and (reads or (agency, version, part) in self.opened_outside)

    def may_open_preview(self, agency: str, version: int) -> bool:
        """Its recipient, and whoever reads the core."""
        return not self.erased and (self.previews[version] == agency or self.may_open(agency, version, Part.CORE))

    def may_hold(self, agency: str, part: Part) -> bool:
        """Whether an agency reads a part now."""
        account = self.stays if part is Part.CORE else self.reads.get(part, {})
        return not self.erased and agency in account and account[agency][-1][1] is None

    def open_to(self, agency: str, data_class: str) -> bool:
        """Whether the victim's consent, and its own acceptance, open a class of personal data to an agency now."""
        named = any(agency in recipients and data_class in classes for recipients, classes in self.consents.values())
        return named and agency in self.accepted and agency in self.present

    def may_open_record(self, agency: str, subject: str) -> bool:
        """Whom it is open to now, and who wrote it."""
        return agency == self.recorders.get(subject) or self.open_to(agency, subject.split(".")[2])
