"""The clocks on a real broker: a participant issues each deadline's event, on time and once, despite restarts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from harness.bus import Bus, an_event
from harness.owing import do, owed
from harness.waiting import eventually

from bus.errors import BrokerAwayError, StoreError
from bus.node import Node
from bus.reconciler.reconciler import LaterError
from bus.store import Kind, Obligation, OutboxStatus, Position, Transaction
from bus.submission.submission import BY_CLOCK, Receipt, Submission
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralExpired
from contracts.law.bitemporal import CLOCK_TOLERANCE
from contracts.law.deadlines import next_moment
from contracts.view.case_view import CaseView

AGENCIES = ("police", "ngo", "coordinator")
BOARD = "municipality-0180"
A_SECOND = timedelta(seconds=1)
PARTICIPANTS = ("police", "ngo")


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def _consented(bus: Bus) -> str:
    """A case of the NGO's, with a consent that ends in a year; its id."""
    now, ngo = datetime.now(UTC), bus.nodes["ngo"]
    opened = await ngo.submit(Submission(an_event(VictimDetected, occurred_at=_rfc3339(now))))
    consent = an_event(
        ConsentGiven,
        occurred_at=_rfc3339(now),
        recipients=["police", BOARD],
        purposes=["investigation"],
        valid_until=(now + timedelta(days=365)).date().isoformat(),
    )
    await ngo.submit(Submission(consent, case_id=opened.case_id))
    return opened.case_id


async def _offered(
    bus: Bus, answer_within: timedelta, case_id: str | None = None, recipient: str = "police"
) -> Receipt:
    """A case of the NGO's, a new one unless named, is offered, to the police unless said."""
    case_id = case_id or await _consented(bus)
    now = datetime.now(UTC)
    offer = an_event(
        CaseReferred,
        occurred_at=_rfc3339(now),
        recipient=recipient,
        purposes=["investigation"],
        respond_by=_rfc3339(now + answer_within),
    )
    return await bus.nodes["ngo"].submit(Submission(offer, case_id=case_id))


async def _accepted(bus: Bus) -> str:
    """A case of the NGO's in which the police take part, and so keep its time; its id."""
    offer = await _offered(bus, timedelta(days=1))
    await bus.nodes["police"].replica.reached(offer.sequence or 0)
    await bus.offered(offer.case_id, "police")
    await _accept(bus, offer)
    await bus.level()
    await bus.readable(offer.case_id)
    return offer.case_id


async def _accept(bus: Bus, offer: Receipt) -> None:
    now = _rfc3339(datetime.now(UTC))
    answer = an_event(ReferralAccepted, occurred_at=now, offer_id=offer.event_id, services=[])
    await bus.nodes["police"].submit(Submission(answer, case_id=offer.case_id))


async def _history(bus: Bus, agency: str, case_id: str) -> list[str]:
    return [envelope.event_name for envelope in await bus.nodes[agency].store.envelopes(case_id)]


async def test_an_unanswered_offer_expires_at_every_agency(tmp_path: Path) -> None:
    """Its sender leads the case, so it issues the reminder and the end; the coordinator never opens anything of it."""
    async with Bus(tmp_path, *AGENCIES, keeping_time=("ngo",)) as bus:
        offer = await _offered(bus, timedelta(seconds=2))

        async def expired() -> bool:
            histories = [await _history(bus, agency, offer.case_id) for agency in AGENCIES]
            return all(history[-2:] == ["DeadlineReminded", "ReferralExpired"] for history in histories)

        await eventually(expired, within=20)
        assert {node.replica.counts["set_aside"] for node in bus.nodes.values()} == {0}
        chain = await bus.nodes["police"].store.envelopes(offer.case_id)
        assert [envelope.agency for envelope in chain] == ["ngo"] * 5
        assert await bus.nodes["coordinator"].keyring.of(offer.case_id) == ()
        assert not (await bus.nodes["police"].replica.case(offer.case_id)).takes_part("coordinator")


@pytest.mark.parametrize("failure", [BrokerAwayError, StoreError, ValueError])
async def test_an_alarm_that_could_not_be_rung_rings_again(tmp_path: Path, failure: type[Exception]) -> None:
    """A cluster without a leader answers nothing for a while, and no connection is lost: the clock goes on after it."""
    async with Bus(tmp_path, *AGENCIES, keeping_time=("ngo",)) as bus:
        mechanism, tried = bus.nodes["ngo"].mechanism, 0
        submit = mechanism.submit

        async def leaderless(submission: Submission, prepare: object = None) -> Receipt:
            nonlocal tried
            if isinstance(submission.event, CaseReferred):
                return await submit(submission)
            tried += 1
            if tried <= 2:
                raise failure("not now")
            return await submit(submission)

        case_id = await _consented(bus)
        mechanism.submit = leaderless  # type: ignore[method-assign]
        offer = await _offered(bus, timedelta(seconds=2), case_id)

        async def expired() -> bool:
            return "ReferralExpired" in await _history(bus, "ngo", offer.case_id)

        await eventually(expired, within=20)
        assert tried > 2


async def test_the_next_moment_is_a_row_that_outlives_the_service(tmp_path: Path) -> None:
    """Written with the event that sets it, due when it is due; a service that was down then rings when it is back."""
    async with Bus(tmp_path, *AGENCIES, keeping_time=("ngo",)) as bus:
        offer = await _offered(bus, timedelta(days=30))
        await bus.level()
        (row,) = await _set(bus)
        view = (await bus.nodes["ngo"].replica.case(offer.case_id)).view
        moment = next_moment(view)
        assert moment is not None and (row.case_id, row.due_at) == (offer.case_id, moment.timestamp())
        assert moment > datetime.now(UTC) + timedelta(days=1)
        await bus.stop_node("ngo")
        await bus.start_node("ngo")
        await bus.ready()
        assert await _alarms(bus) == [row]
        assert await owed(bus.nodes["coordinator"], Kind.CLOCK) == [], "who does not take part sets no clock"
        assert await owed(bus.nodes["police"], Kind.CLOCK) == [], "who keeps no time sets no clock"


async def test_an_earlier_moment_that_comes_while_the_clock_rings_is_not_lost(tmp_path: Path) -> None:
    """What is on its way to the disk when the clock looks for the next moment sets it, not what it knew before."""
    async with Bus(tmp_path, *AGENCIES, keeping_time=("ngo",)) as bus:
        case_id = await _consented(bus)
        await bus.level()
        (row,) = await _set(bus)
        ngo = bus.nodes["ngo"]
        write, written, ring = ngo.store.write, asyncio.Event(), asyncio.Event()

        async def slowly(transaction: Transaction, position: Position | None = None) -> None:
            await write(transaction, position)
            if position is not None:
                written.set()
                await ring.wait()

        ngo.store.write = slowly  # type: ignore[method-assign]
        offering = asyncio.create_task(_offered(bus, timedelta(seconds=1), case_id))
        async with asyncio.timeout(20):
            await written.wait()
        ringing = asyncio.create_task(do(ngo, row))  # on the disk, not yet shown
        for _ in range(100):
            await asyncio.sleep(0)
        ring.set()
        await ringing
        await offering

        async def expired() -> bool:
            return "ReferralExpired" in await _history(bus, "ngo", case_id)

        await eventually(expired, within=20)


async def _set(bus: Bus) -> list[Obligation]:
    """The alarms, once there is one."""

    async def is_set() -> bool:
        return await _alarms(bus) != []

    await eventually(is_set)
    return await _alarms(bus)


async def _alarms(bus: Bus) -> list[Obligation]:
    return await owed(bus.nodes["ngo"], Kind.CLOCK)


async def test_an_answered_offer_does_not_expire(tmp_path: Path) -> None:
    """When the alarm of an offer that was accepted in time rings, nothing is issued."""
    async with Bus(tmp_path, *AGENCIES, keeping_time=("ngo",)) as bus:
        offer = await _offered(bus, timedelta(seconds=3))
        police = bus.nodes["police"]
        await police.replica.reached(offer.sequence or 0)
        await bus.offered(offer.case_id, "police")
        await _accept(bus, offer)
        later = await _offered(bus, timedelta(seconds=3))

        async def later_expired() -> bool:
            return "ReferralExpired" in await _history(bus, "ngo", later.case_id)

        await eventually(later_expired, within=20)
        assert "ReferralExpired" not in await _history(bus, "ngo", offer.case_id)


async def test_what_fell_due_while_nobody_kept_time_is_issued_in_order_once(tmp_path: Path) -> None:
    """Two offers run out while each participant is down; when one is back both ends come, each behind its reminder."""
    async with Bus(tmp_path, *AGENCIES, keeping_time=PARTICIPANTS, turn=A_SECOND) as bus:
        first = await _offered(bus, timedelta(seconds=2))
        second = await _offered(bus, timedelta(seconds=3))
        both_over_at = (await _respond_by(bus, second)) + timedelta(seconds=1.5)
        for agency in PARTICIPANTS:
            await bus.stop_node(agency)
        await eventually(lambda: datetime.now(UTC) > both_over_at, within=20)
        for _ in range(2):
            for agency in PARTICIPANTS:
                await bus.start_node(agency)
            await bus.ready()

            async def both_expired() -> bool:
                ends = [await _history(bus, "ngo", offer.case_id) for offer in (first, second)]
                return all(history.count("ReferralExpired") == 1 for history in ends)

            await eventually(both_expired, within=20)
            for agency in PARTICIPANTS:
                await bus.stop_node(agency)
        for offer in (first, second):
            chain = await bus.nodes["coordinator"].store.envelopes(offer.case_id)
            history = [envelope.event_name for envelope in chain]
            assert history[history.index("CaseReferred") + 1 :] == ["DeadlineReminded", "ReferralExpired"]


async def test_another_participant_speaks_when_the_first_is_down(tmp_path: Path) -> None:
    """The lead's service ends before the offer is over: another participant says so, a turn later, and once.

    Its recipient reads no case, so that it keeps no time.
    """
    everybody = (*PARTICIPANTS, BOARD)
    async with Bus(tmp_path, *AGENCIES, BOARD, keeping_time=everybody, turn=A_SECOND) as bus:
        offer = await _offered(bus, timedelta(seconds=3), await _accepted(bus), BOARD)
        await bus.level()
        await bus.offered(offer.case_id, BOARD)
        assert await owed(bus.nodes[BOARD], Kind.CLOCK) == [], "who is only offered the case sets no clock"
        over = await _respond_by(bus, offer)
        await bus.stop_node("ngo")

        async def expired() -> bool:
            return (await _history(bus, "police", offer.case_id))[-2:] == ["DeadlineReminded", "ReferralExpired"]

        await eventually(expired, within=20)
        chain = await bus.nodes["police"].store.envelopes(offer.case_id)
        assert [envelope.agency for envelope in chain][-2:] == ["police", "police"]
        assert chain[-1].recorded_at >= over + A_SECOND, "it has waited for its turn"
        await bus.start_node("ngo")
        await bus.ready()
        await bus.level()

        async def quiet() -> bool:
            now = datetime.now(UTC).timestamp()
            return [row for agency in PARTICIPANTS for row in await owed(bus.nodes[agency], Kind.CLOCK, now=now)] == []

        await eventually(quiet)
        assert (await _history(bus, "ngo", offer.case_id)).count("ReferralExpired") == 1
        await _nobody_has_to_look(bus)


async def test_of_two_that_speak_at_once_the_log_takes_one(tmp_path: Path) -> None:
    """No turns, so both announce at the same moment: each event is in the log once, and the other is forgotten."""
    async with Bus(tmp_path, *AGENCIES, BOARD, keeping_time=PARTICIPANTS, turn=timedelta()) as bus:
        cases = [await _accepted(bus) for _ in range(8)]
        offers = [await _offered(bus, timedelta(seconds=4), case_id, BOARD) for case_id in cases]
        await bus.level()

        async def expired() -> bool:
            histories = [await _history(bus, agency, offer.case_id) for offer in offers for agency in AGENCIES]
            return all(history[-2:] == ["DeadlineReminded", "ReferralExpired"] for history in histories)

        await eventually(expired, within=30)
        await bus.level()
        for offer in offers:
            history = await _history(bus, "ngo", offer.case_id)
            assert (history.count("DeadlineReminded"), history.count("ReferralExpired")) == (1, 1)
            assert (await bus.nodes["ngo"].replica.case(offer.case_id)).last_void is None
        await _nobody_has_to_look(bus)


async def test_an_announcement_that_waited_too_long_is_forgotten(tmp_path: Path) -> None:
    """Left in the outbox of one agency while another one spoke, it bothers no caseworker, and the row is gone."""
    async with Bus(tmp_path, *AGENCIES, BOARD, keeping_time=("police",), turn=timedelta()) as bus:
        offer = await _offered(bus, timedelta(seconds=2), await _accepted(bus), BOARD)
        await bus.level()
        ngo, over = bus.nodes["ngo"], (await _respond_by(bus, offer)) + timedelta(seconds=1)
        ngo.issuing.level = False  # as when the broker is away, so that it stays in the outbox
        said = ReferralExpired(occurred_at=over, offer_id=offer.event_id)
        left = await ngo.submit(Submission(said, case_id=offer.case_id, idempotency_key=f"{BY_CLOCK}0"))
        assert left.status is OutboxStatus.PENDING

        async def expired() -> bool:
            return "ReferralExpired" in await _history(bus, "ngo", offer.case_id)

        await eventually(expired, within=20)
        ngo.issuing.level = True
        await eventually(lambda: not ngo.outbox.waiting(OutboxStatus.PENDING), within=20)
        history = await _history(bus, "ngo", offer.case_id)
        assert history.count("ReferralExpired") == 1
        await _nobody_has_to_look(bus)


async def test_a_case_that_one_agency_has_to_itself_keeps_its_own_time(tmp_path: Path) -> None:
    """No coordinator is on the bus: a consent runs out as soon as its last day is over."""
    async with Bus(tmp_path, "ngo", keeping_time=("ngo",)) as bus:
        case_id = (await bus.detect("ngo")).case_id
        await bus.consent("ngo", case_id)

        async def ended() -> bool:
            return (await _history(bus, "ngo", case_id))[-2:] == ["DeadlineReminded", "ConsentExpired"]

        await eventually(ended, within=20)
        assert [p.agency for p in (await bus.nodes["ngo"].replica.case(case_id)).view.participants] == ["ngo"]
        await _nobody_has_to_look(bus)


async def test_a_service_whose_clock_is_ahead_says_nothing(tmp_path: Path) -> None:
    """An hour ahead of the broker it holds the offer for over, and waits until its clock is right again."""
    async with Bus(tmp_path, *AGENCIES, BOARD, keeping_time=("police",), turn=timedelta()) as bus:
        offer = await _offered(bus, timedelta(minutes=30), await _accepted(bus), BOARD)
        await bus.level()
        await bus.stop_node("police")
        ahead = timedelta(hours=1)
        police = bus.nodes["police"] = Node(
            bus.settings("police"),
            bus.mandates["police"],
            now=lambda: datetime.now(UTC) + ahead,
            new_id=lambda: str(uuid4()),
        )
        await police.start()
        await bus.ready()
        (row,) = await owed(police, Kind.CLOCK)
        with pytest.raises(LaterError):
            await do(police, row)
        assert (await _history(bus, "ngo", offer.case_id))[-1] == "CaseReferred"
        ahead = CLOCK_TOLERANCE
        await do(police, row)
        assert (await _history(bus, "ngo", offer.case_id))[-1] == "CaseReferred", "now it is not over for the police"
        await _nobody_has_to_look(bus)


async def _nobody_has_to_look(bus: Bus) -> None:
    """Nothing is parked, set aside or degraded, at any agency."""
    for agency, node in bus.nodes.items():
        assert node.outbox.waiting(OutboxStatus.PARKED) == [], agency
        assert node.replica.counts["set_aside"] == 0, agency
        assert await node.store.parked(10) == [], agency


async def _respond_by(bus: Bus, offer: Receipt) -> datetime:
    view = (await bus.nodes["ngo"].replica.case(offer.case_id)).view
    assert isinstance(view, CaseView)
    return next(each.respond_by for each in view.offers if each.id == offer.event_id)


async def test_what_falls_due_while_the_clock_rings_is_not_put_off(tmp_path: Path) -> None:
    """The reminder takes until the offer is over: its end is said at once, not when the clock looks again."""
    async with Bus(tmp_path, *AGENCIES, keeping_time=("ngo",)) as bus:
        mechanism = bus.nodes["ngo"].mechanism
        submit, over = mechanism.submit, asyncio.Event()

        async def slowly(submission: Submission, prepare: object = None) -> Receipt:
            if isinstance(submission.event, DeadlineReminded):
                await over.wait()
            return await submit(submission)

        mechanism.submit = slowly  # type: ignore[method-assign]
        offered = await _offered(bus, timedelta(seconds=1))
        end = datetime.now(UTC) + timedelta(seconds=2.5)
        await eventually(lambda: datetime.now(UTC) > end)
        over.set()

        async def expired() -> bool:
            return (await _history(bus, "police", offered.case_id))[-2:] == ["DeadlineReminded", "ReferralExpired"]

        await eventually(expired, within=10)
