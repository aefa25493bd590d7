"""A case whose personal details are shared: the consent, the acceptances and the readings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bus.privacy.personal_records import Reader
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.privacy.record_forms import Contact, Identity
from contracts.vocabulary.agencies import Role
from contracts.vocabulary.choices import DataClass, Purpose
from harness.bus import Bus, an_event
from harness.waiting import eventually

AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
SOMEBODY = Reader(Role.CASEWORKER, "3f9c2a7be01d4c55")
IDENTITY = Identity(given_names="Ioana Canary", date_of_birth=date(1999, 1, 2))
CONTACT = Contact(phone="+40700000001", safe_to_call=False, safe_to_write=True)


def now() -> str:
    """The present, as an event states it."""
    return datetime.now(UTC).isoformat()


async def consent(
    bus: Bus,
    case_id: str,
    *recipients: str,
    classes: tuple[str, ...] = ("identity",),
    by: str = "ngo-fyren",
    purpose: str = "support",
) -> str:
    """The victim consents; the consent's id."""
    given = an_event(
        ConsentGiven,
        occurred_at=now(),
        recipients=recipients,
        data_classes=classes,
        purposes=[purpose],
        valid_until=(datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
    )
    return (await bus.submit(by, given, case_id)).event_id


async def refer(bus: Bus, case_id: str, recipient: str, by: str = "ngo-fyren", purpose: str = "support") -> str:
    """The case is offered; the offer's id."""
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    offer = an_event(CaseReferred, occurred_at=now(), recipient=recipient, purposes=[purpose], respond_by=until)
    return (await bus.submit(by, offer, case_id)).event_id


async def accept(bus: Bus, case_id: str, agency: str, offer_id: str, *, reads: bool = True) -> str:
    """The recipient, once it reads the preview, takes the case on, and then reads it; the id of its answer.

    `reads`: False to go on before it has the keys.
    """
    await bus.level()
    await bus.readable(case_id)
    await bus.offered(case_id, agency)
    answer = an_event(ReferralAccepted, occurred_at=now(), offer_id=offer_id)
    accepted = (await bus.submit(agency, answer, case_id)).event_id
    await bus.level()
    if reads:
        await bus.readable(case_id)
    return accepted


async def read(bus: Bus, agency: str, case_id: str, *classes: DataClass) -> list[object]:
    """What an agency reads, record by record; None for one that it cannot open."""
    wanted = classes or (DataClass.IDENTITY,)
    _, found = await bus.nodes[agency].personal.read(case_id, wanted, Purpose.SUPPORT, SOMEBODY)
    return [each.content for each in found]


async def reads(bus: Bus, agency: str, case_id: str) -> None:
    """Wait until an agency reads the record."""

    async def opened() -> bool:
        return await read(bus, agency, case_id) == [IDENTITY]

    await eventually(opened)
