"""Every kind of obligation that an event lays on an agency: a scenario that causes it, and a check that it was met.

`OBLIGATIONS` has each kind for each agency whose node can be cut meanwhile. The end is always the same: the agencies
that should read can read, no other can, each thing is done once, and no erased data is left.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, TypeVar
from uuid import uuid4

from nats.errors import Error as NatsError

from bus.mandate import Mandate, ReactionContext
from bus.nats.erasable_streams import KEYS, PERSONAL
from bus.store import OutboxStatus
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureRequested, holders_of
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import ErasureScope
from harness.bus import an_event, full_mandate
from harness.cutting import CutBus
from harness.sharing import IDENTITY, now
from harness.waiting import eventually

AGENCIES: Final = ("ngo-fyren", "municipality-0180", "police", "coordinator")
NGO, MUNICIPALITY, OUTSIDER, COORDINATOR = AGENCIES
WITHIN: Final = float(os.environ.get("STAFETT_CUT_WITHIN", "20"))
"""Seconds in which an obligation is met, once what was cut is mended."""

T = TypeVar("T")


@dataclass
class Subject:
    """The case that one run is about. `key`: by which what is said in this run is known again."""

    bus: CutBus
    case_id: str
    key: str
    about: str = ""
    before: int = 0


@dataclass(frozen=True)
class Obligation:
    """One kind. `prepare` runs uncut, `cause` may be cut, and then `met` must come to hold, and stay so."""

    name: str
    agency: str
    prepare: Callable[[CutBus], Awaitable[Subject]]
    cause: Callable[[Subject], Awaitable[None]]
    met: Callable[[Subject], Awaitable[bool]]

    async def run(self, subject: Subject) -> None:
        """Cause it and see it met."""
        await self.cause(subject)

        async def met() -> bool:
            return await undisturbed(lambda: self.met(subject))

        await eventually(met, WITHIN)
        await undisturbed(subject.bus.level)
        assert await met(), "it held for a moment only"
        await undisturbed(lambda: at_rest(subject))


async def undisturbed(look: Callable[[], Awaitable[T]]) -> T:
    """What is seen once the broker, which may just be cut off from us as well, lets us look."""
    deadline = monotonic() + WITHIN
    while True:
        try:
            return await look()
        except (NatsError, OSError, TimeoutError):
            if monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def at_rest(subject: Subject) -> None:
    """What holds after every run: nothing waits, nothing was set aside, no event is in the log twice."""
    bus = subject.bus
    for agency in AGENCIES:
        await eventually(lambda agency=agency: not bus.outbox(agency).waiting(OutboxStatus.PENDING))  # type: ignore[misc]
        parked = [row.reason for row in bus.outbox(agency).waiting(OutboxStatus.PARKED)]
        assert not parked, f"{agency} has parked {parked}"
        assert await bus.quarantined(agency) == [], agency
        assert await bus.nodes[agency].keyring.of(subject.case_id) == () or agency != OUTSIDER
    times = Counter(envelope.event_id for envelope in await bus.envelopes())
    assert set(times.values()) <= {1}


def reacting_coordinator() -> Mandate:
    """A coordinator that puts a task before its caseworkers for each consultation, and answers it."""
    coordinator = full_mandate(COORDINATOR)

    @coordinator.on(ConsultationRequested)
    async def answer(requested: ConsultationRequested, case: CaseView, context: ReactionContext) -> None:
        """One task and one answer for each request."""
        await context.open_task(case, "answer", context.provenance.event_id, en="Answer.", sv="Svara.")
        await context.issue(case, an_event(AdviceGiven, occurred_at=now(), consultation_id=context.provenance.event_id))

    return coordinator


# What a case is brought to, uncut


async def said(subject: Subject, agency: str, name: str, event: object) -> str:
    """An event about the case, said once; its id."""
    receipt = await subject.bus.says(agency, event, subject.case_id, f"{subject.key}/{name}")  # type: ignore[arg-type]
    return receipt.event_id


async def opened(bus: CutBus) -> Subject:
    """A case of the NGO's."""
    key = str(uuid4())
    receipt = await bus.says(NGO, an_event(VictimDetected, occurred_at=now()), None, f"{key}/opens")
    return Subject(bus, receipt.case_id, key)


async def consents(subject: Subject, name: str, *recipients: str, classes: tuple[str, ...] = ()) -> str:
    """The victim consents for thirty days; the consent's id."""
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    details = {"recipients": recipients, "data_classes": classes, "purposes": ["support"], "valid_until": until}
    return await said(subject, NGO, name, an_event(ConsentGiven, occurred_at=now(), **details))


async def refers(subject: Subject, name: str, recipient: str, within: timedelta = timedelta(days=2)) -> str:
    """The NGO offers the case; the offer's id."""
    until = (datetime.now(UTC) + within).isoformat()
    offer = an_event(CaseReferred, occurred_at=now(), recipient=recipient, purposes=["support"], respond_by=until)
    return await said(subject, NGO, name, offer)


async def accepts(subject: Subject, name: str, offer: str) -> None:
    """The municipality takes the case on, once it has the preview."""

    async def has_the_preview() -> bool:
        node = subject.bus.nodes.get(MUNICIPALITY)
        return node is not None and (await node.replica.case(subject.case_id)).concerns(MUNICIPALITY)

    await eventually(has_the_preview, WITHIN)
    await said(subject, MUNICIPALITY, name, an_event(ReferralAccepted, occurred_at=now(), offer_id=offer))


async def withdraws(subject: Subject, name: str, consent_id: str) -> None:
    """The victim withdraws a consent."""
    wish = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[])
    await said(subject, NGO, name, wish)


async def joined(bus: CutBus) -> Subject:
    """A case that the municipality has accepted under a consent to contact details, with a consent's id as `about`."""
    subject = await opened(bus)
    subject.about = await consents(subject, "first", NGO, MUNICIPALITY, classes=("contact",))
    await accepts(subject, "accepts", await refers(subject, "offer", MUNICIPALITY))
    await bus.level()
    await bus.readable(subject.case_id)
    return subject


async def recorded(bus: CutBus) -> Subject:
    """The same with a record of who the victim is, which a second consent, now `about`, opens to the municipality."""
    subject = await joined(bus)
    subject.about = await consents(subject, "second", NGO, MUNICIPALITY, classes=("identity",))
    await bus.level()
    await bus.nodes[NGO].personal.record(subject.case_id, IDENTITY)
    await bus.level()

    async def held() -> bool:
        return await holds(subject, MUNICIPALITY, "identity")

    await eventually(held)
    return subject


async def left(bus: CutBus) -> Subject:
    """The same after the municipality has left and its grants are deleted."""
    subject = await recorded(bus)
    first = (await bus.nodes[NGO].replica.case(subject.case_id)).view.consents[0].id
    await withdraws(subject, "gone", subject.about)
    await withdraws(subject, "gone too", first)

    async def closed() -> bool:
        return await granted(subject, MUNICIPALITY) == 0

    await eventually(closed)
    return subject


# What is seen at the end


async def holds(subject: Subject, agency: str, compartment: str) -> bool:
    """Whether an agency holds a key of a compartment."""
    return await subject.bus.nodes[agency].keyring.of(subject.case_id, compartment) != ()


async def lies(subject: Subject, stream: str, under: str) -> int:
    """How many messages of a deletable stream lie under some subject."""
    async with subject.bus.connected() as administrator:
        info = await administrator.jetstream().stream_info(stream, subjects_filter=under)
    return len(info.state.subjects or {})


async def granted(subject: Subject, recipient: str) -> int:
    """How many grants for an agency lie at the broker."""
    return await lies(subject, KEYS, f"key.{subject.case_id}.*.*.{recipient}.>")


async def happened(subject: Subject, name: str) -> int:
    """How many events of a type are in the case's chain in the log."""
    log = await subject.bus.envelopes()
    return len([each for each in log if (each.case_id, each.event_name) == (subject.case_id, name)])


async def reads(subject: Subject, *agencies: str) -> bool:
    """Whether each of these agencies reads the case as far as it goes, and all see the same."""
    bus = subject.bus
    views = [(await bus.nodes[agency].replica.case(subject.case_id)).view for agency in agencies]
    chain = max([envelope.version for envelope in await bus.envelopes() if envelope.case_id == subject.case_id])
    return {(view.version, view.digest) for view in views} == {(chain, views[0].digest)}


# The kinds


async def refer(subject: Subject) -> None:
    """The case is offered to the municipality."""
    await refers(subject, "offer", MUNICIPALITY)


async def consented(bus: CutBus) -> Subject:
    """A case with a consent to support by the municipality."""
    subject = await opened(bus)
    await consents(subject, "first", MUNICIPALITY)
    await bus.readable(subject.case_id)
    return subject


async def preview_is_read(subject: Subject) -> bool:
    """The municipality has the preview, and no key of the case."""
    case = await subject.bus.nodes[MUNICIPALITY].replica.case(subject.case_id)
    return case.view.is_offered(MUNICIPALITY) and not await holds(subject, MUNICIPALITY, "case")


async def offered(bus: CutBus) -> Subject:
    """A case that is offered to the municipality, with the id of the offer as `about`."""
    subject = await consented(bus)
    subject.about = await refers(subject, "offer", MUNICIPALITY)
    await bus.level()
    return subject


async def take_on(subject: Subject) -> None:
    """The municipality accepts."""
    await accepts(subject, "accepts", subject.about)


async def newcomer_reads(subject: Subject) -> bool:
    """The newcomer and all before it read the case."""
    return await reads(subject, NGO, MUNICIPALITY)


async def withdraw(subject: Subject) -> None:
    """The consent to the record is withdrawn; the one to support stands."""
    await withdraws(subject, "withdrawn", subject.about)


async def key_is_taken(subject: Subject) -> bool:
    """The municipality reads the case and holds no key of the record; who wrote the record does."""
    taken = not await holds(subject, MUNICIPALITY, "identity")
    return taken and await holds(subject, NGO, "identity") and await reads(subject, NGO, MUNICIPALITY)


async def come_back(subject: Subject) -> None:
    """The victim consents anew, and the case is offered and accepted again."""
    await consents(subject, "again", NGO, MUNICIPALITY, classes=("contact",))
    await accepts(subject, "accepts again", await refers(subject, "offered again", MUNICIPALITY))


async def closed_record(bus: CutBus) -> Subject:
    """A case with a record that no consent opens to the municipality, which takes part."""
    subject = await joined(bus)
    await consents(subject, "own", NGO, classes=("identity",))
    await bus.level()
    await bus.nodes[NGO].personal.record(subject.case_id, IDENTITY)
    await bus.level()
    return subject


async def widen(subject: Subject) -> None:
    """The victim lets the municipality read the record too."""
    await consents(subject, "wider", MUNICIPALITY, classes=("identity",))


async def record_is_open(subject: Subject) -> bool:
    """The municipality holds the record's key."""
    return await holds(subject, MUNICIPALITY, "identity")


async def _erase(subject: Subject, scope: ErasureScope) -> None:
    holders = holders_of((await subject.bus.nodes[NGO].replica.case(subject.case_id)).view)
    wish = an_event(ErasureRequested, occurred_at=now(), scope=scope, reason="other", holders=holders)
    await said(subject, NGO, "erase", wish)


async def erase(subject: Subject) -> None:
    """The whole case is to be erased."""
    await _erase(subject, ErasureScope.CASE)


async def erase_details(subject: Subject) -> None:
    """The personal details are to be erased."""
    await _erase(subject, ErasureScope.PERSONAL_DETAILS)


async def _confirmed_once(subject: Subject) -> bool:
    views = [(await subject.bus.nodes[agency].replica.case(subject.case_id)).view for agency in (NGO, MUNICIPALITY)]
    if not all(view.erasures and view.erasures[-1].outstanding == () for view in views):
        return False
    confirmations = await happened(subject, "ErasureConfirmed")
    assert confirmations == len(views[0].erasures[-1].holders), f"{confirmations} confirmations"
    return True


async def erased(subject: Subject) -> bool:
    """Each holder has confirmed once and holds no key, and nothing lies at the broker."""
    kept = [await holds(subject, a, part) for a in AGENCIES for part in ("case", "identity", "contact")]
    left_there = await lies(subject, KEYS, f"key.{subject.case_id}.>") + await lies(
        subject, PERSONAL, f"personal.{subject.case_id}.>"
    )
    return not any(kept) and left_there == 0 and await _confirmed_once(subject)


async def details_erased(subject: Subject) -> bool:
    """The same of the record alone: the case is still read."""
    kept = [await holds(subject, agency, "identity") for agency in AGENCIES]
    left_there = await lies(subject, PERSONAL, f"personal.{subject.case_id}.>")
    left_there += await lies(subject, KEYS, f"key.{subject.case_id}.identity.>")
    if any(kept) or left_there:
        return False
    return await _confirmed_once(subject) and await reads(subject, NGO, MUNICIPALITY)


async def part(subject: Subject) -> None:
    """The only consent for the municipality is withdrawn: it leaves."""
    await withdraws(subject, "gone", subject.about)


async def grants_are_deleted(subject: Subject) -> bool:
    """Nothing lies at the broker for who has left; what lies there for the others stays."""
    return await granted(subject, MUNICIPALITY) == 0 and await granted(subject, NGO) > 0


async def offer_briefly(subject: Subject) -> None:
    """The offer runs out within a second."""
    await refers(subject, "offer", MUNICIPALITY, timedelta(seconds=0.8))


async def expired_once(subject: Subject) -> bool:
    """The end of the offer is said, once."""
    times = await happened(subject, "ReferralExpired")
    assert times <= 1
    return times == 1


async def ask(subject: Subject) -> None:
    """The NGO asks the coordinator."""
    await said(subject, NGO, "asks", an_event(ConsultationRequested, occurred_at=now()))


async def answered_once(subject: Subject) -> bool:
    """The coordinator has one task, and has answered once."""
    tasks = await subject.bus.nodes[COORDINATOR].tasks.open(subject.case_id)
    answers = await happened(subject, "AdviceGiven")
    assert len(tasks) <= 1 and answers <= 1
    return len(tasks) == 1 and answers == 1


async def write(subject: Subject) -> None:
    """The NGO writes, and its caller waits for the answer."""
    await consents(subject, "written", NGO)


async def written_once(subject: Subject) -> bool:
    """It is in the log once, and those who take part read it."""
    return await happened(subject, "ConsentGiven") == subject.before + 1 and await reads(subject, NGO)


async def counted(bus: CutBus) -> Subject:
    """A case with one consent."""
    subject = await consented(bus)
    subject.before = 1
    return subject


async def waiting(bus: CutBus) -> Subject:
    """The same, and an event that waits in the outbox because the line is down."""
    subject = await counted(bus)
    bus.lines[NGO].cut()
    await eventually(lambda: not bus.nodes[NGO].health().ready)
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    details = {"recipients": [NGO], "data_classes": (), "purposes": ["support"], "valid_until": until}
    await bus.submit(NGO, an_event(ConsentGiven, occurred_at=now(), **details), subject.case_id)
    return subject


async def reconnect(subject: Subject) -> None:
    """The line is mended."""
    subject.bus.lines[NGO].mend()


async def departed(bus: CutBus) -> Subject:
    """A case whose next event begins a new epoch, because the municipality has left."""
    subject = await left(bus)
    subject.before = await happened(subject, "ConsentGiven")
    return subject


async def written_beyond_the_former(subject: Subject) -> bool:
    """It is in the log once, those who take part read it, and who has left does not."""
    if not await written_once(subject):
        return False
    held = {key.kid for key in await subject.bus.nodes[MUNICIPALITY].keyring.of(subject.case_id)}
    assert (await subject.bus.key(NGO, subject.case_id)).kid not in held
    return True


OBLIGATIONS: Final = tuple(
    Obligation(name, agency, prepare, cause, met)
    for name, agencies, prepare, cause, met in (
        ("give a preview", (NGO,), consented, refer, preview_is_read),
        ("grant keys to a newcomer", (NGO,), offered, take_on, newcomer_reads),
        ("take keys", (MUNICIPALITY,), offered, take_on, newcomer_reads),
        ("follow a withdrawn consent", (MUNICIPALITY,), recorded, withdraw, key_is_taken),
        ("follow a wider consent", (NGO,), closed_record, widen, record_is_open),
        ("grant again after a return", (NGO,), left, come_back, newcomer_reads),
        ("erase a case", (NGO, MUNICIPALITY, COORDINATOR), recorded, erase, erased),
        ("erase personal details", (NGO, COORDINATOR), recorded, erase_details, details_erased),
        ("delete closed grants", (NGO, COORDINATOR), joined, part, grants_are_deleted),
        ("end what has run out", (NGO,), consented, offer_briefly, expired_once),
        ("react", (COORDINATOR,), consented, ask, answered_once),
        ("deliver from the outbox", (NGO,), waiting, reconnect, written_once),
        ("write", (NGO,), counted, write, written_once),
        ("write after somebody left", (NGO,), departed, write, written_beyond_the_former),
    )
    for agency in agencies
)
"""Each kind, at each agency that has a part in it."""
