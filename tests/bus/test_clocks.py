"""The clocks on a real broker: the coordinator issues each deadline's event, on time and once, despite restarts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.owing import do, owed
from harness.waiting import eventually

from bus.errors import BrokerAwayError, StoreError
from bus.store import Kind, Obligation, Position, Transaction
from bus.submission.submission import Receipt, Submission
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.law.deadlines import next_moment
from contracts.view.case_view import CaseView

AGENCIES = ("police", "ngo", "coordinator")


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def _consented(bus: Bus) -> str:
    """A case of the NGO's, with a consent that ends in a year; its id."""
    now, ngo = datetime.now(UTC), bus.nodes["ngo"]
    opened = await ngo.submit(Submission(an_event(VictimDetected, occurred_at=_rfc3339(now))))
    consent = an_event(
        ConsentGiven,
        occurred_at=_rfc3339(now),
        recipients=["police"],
        purposes=["investigation"],
        valid_until=(now + timedelta(days=365)).date().isoformat(),
    )
    await ngo.submit(Submission(consent, case_id=opened.case_id))
    return opened.case_id


async def _offered(bus: Bus, answer_within: timedelta, case_id: str | None = None) -> Receipt:
    """A case of the NGO's, a new one unless named, is offered to the police."""
    case_id = case_id or await _consented(bus)
    now = datetime.now(UTC)
    offer = an_event(
        CaseReferred,
        occurred_at=_rfc3339(now),
        recipient="police",
        purposes=["investigation"],
        respond_by=_rfc3339(now + answer_within),
    )
    return await bus.nodes["ngo"].submit(Submission(offer, case_id=case_id))


async def _history(bus: Bus, agency: str, case_id: str) -> list[str]:
    return [envelope.event_name for envelope in await bus.nodes[agency].store.envelopes(case_id)]


async def test_an_unanswered_offer_expires_at_every_agency(tmp_path: Path) -> None:
    """The coordinator, who takes no part in the case, issues the reminder and the end, and everybody has them."""
    async with Bus(tmp_path, *AGENCIES, keeping_time="coordinator") as bus:
        offer = await _offered(bus, timedelta(seconds=2))

        async def expired() -> bool:
            histories = [await _history(bus, agency, offer.case_id) for agency in AGENCIES]
            return all(history[-2:] == ["DeadlineReminded", "ReferralExpired"] for history in histories)

        await eventually(expired, within=20)
        assert {node.replica.counts["set_aside"] for node in bus.nodes.values()} == {0}


@pytest.mark.parametrize("failure", [BrokerAwayError, StoreError, ValueError])
async def test_an_alarm_that_could_not_be_rung_rings_again(tmp_path: Path, failure: type[Exception]) -> None:
    """A cluster without a leader answers nothing for a while, and no connection is lost: the clock goes on after it."""
    async with Bus(tmp_path, *AGENCIES, keeping_time="coordinator") as bus:
        mechanism, tried = bus.nodes["coordinator"].mechanism, 0
        submit = mechanism.submit

        async def leaderless(submission: Submission) -> Receipt:
            nonlocal tried
            tried += 1
            if tried <= 2:
                raise failure("not now")
            return await submit(submission)

        mechanism.submit = leaderless  # type: ignore[method-assign, assignment]
        offer = await _offered(bus, timedelta(seconds=2))

        async def expired() -> bool:
            return "ReferralExpired" in await _history(bus, "ngo", offer.case_id)

        await eventually(expired, within=20)
        assert tried > 2


async def test_the_next_moment_is_a_row_that_outlives_the_service(tmp_path: Path) -> None:
    """Written with the event that sets it, due when it is due; a service that was down then rings when it is back."""
    async with Bus(tmp_path, *AGENCIES, keeping_time="coordinator") as bus:
        offer = await _offered(bus, timedelta(days=30))
        await bus.level()
        (row,) = await _set(bus)
        view = (await bus.nodes["ngo"].replica.case(offer.case_id)).view
        moment = next_moment(view)
        assert moment is not None and (row.case_id, row.due_at) == (offer.case_id, moment.timestamp())
        assert moment > datetime.now(UTC) + timedelta(days=1)
        await bus.stop_node("coordinator")
        await bus.start_node("coordinator")
        await bus.ready()
        assert await _alarms(bus) == [row]
        assert await owed(bus.nodes["ngo"], Kind.CLOCK) == [], "who keeps no time sets no clock"


async def test_an_earlier_moment_that_comes_while_the_clock_rings_is_not_lost(tmp_path: Path) -> None:
    """What is on its way to the disk when the clock looks for the next moment sets it, not what it knew before."""
    async with Bus(tmp_path, *AGENCIES, keeping_time="coordinator") as bus:
        case_id = await _consented(bus)
        await bus.level()
        (row,) = await _set(bus)
        coordinator = bus.nodes["coordinator"]
        write, written, ring = coordinator.store.write, asyncio.Event(), asyncio.Event()

        async def slowly(transaction: Transaction, position: Position | None = None) -> None:
            await write(transaction, position)
            if position is not None:
                written.set()
                await ring.wait()

        coordinator.store.write = slowly  # type: ignore[method-assign]
        await _offered(bus, timedelta(seconds=1), case_id)
        async with asyncio.timeout(20):
            await written.wait()
        ringing = asyncio.create_task(do(coordinator, row))  # on the disk, not yet shown
        for _ in range(100):
            await asyncio.sleep(0)
        ring.set()
        await ringing

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
    return await owed(bus.nodes["coordinator"], Kind.CLOCK)


async def test_an_answered_offer_does_not_expire(tmp_path: Path) -> None:
    """When the alarm of an offer that was accepted in time rings, nothing is issued."""
    async with Bus(tmp_path, *AGENCIES, keeping_time="coordinator") as bus:
        offer = await _offered(bus, timedelta(seconds=3))
        police = bus.nodes["police"]
        await police.replica.reached(offer.sequence or 0)
        await bus.offered(offer.case_id, "police")
        answer = an_event(
            ReferralAccepted, occurred_at=_rfc3339(datetime.now(UTC)), offer_id=offer.event_id, services=[]
        )
        await police.submit(Submission(answer, case_id=offer.case_id))
        later = await _offered(bus, timedelta(seconds=3))

        async def later_expired() -> bool:
            return "ReferralExpired" in await _history(bus, "ngo", later.case_id)

        await eventually(later_expired, within=20)
        assert "ReferralExpired" not in await _history(bus, "ngo", offer.case_id)


async def test_what_fell_due_while_nobody_kept_time_is_issued_in_order_once(tmp_path: Path) -> None:
    """Two offers run out while the coordinator is down; on its start both ends come, each behind its reminder, once."""
    async with Bus(tmp_path, *AGENCIES, keeping_time="coordinator") as bus:
        await bus.stop_node("coordinator")
        first = await _offered(bus, timedelta(seconds=1))
        second = await _offered(bus, timedelta(seconds=2))

        async def both_over() -> bool:
            return datetime.now(UTC) > (await _respond_by(bus, second)) + timedelta(seconds=1.5)

        await eventually(both_over, within=20)
        for _ in range(2):
            await bus.start_node("coordinator")
            await bus.ready()

            async def both_expired() -> bool:
                ends = [await _history(bus, "ngo", offer.case_id) for offer in (first, second)]
                return all(history.count("ReferralExpired") == 1 for history in ends)

            await eventually(both_expired, within=20)
            await bus.stop_node("coordinator")
        for offer in (first, second):
            history = await _history(bus, "ngo", offer.case_id)
            assert history[history.index("CaseReferred") + 1 :] == ["DeadlineReminded", "ReferralExpired"]


async def _respond_by(bus: Bus, offer: Receipt) -> datetime:
    view = (await bus.nodes["ngo"].replica.case(offer.case_id)).view
    assert isinstance(view, CaseView)
    return view.offers[0].respond_by


async def test_what_falls_due_while_the_clock_rings_is_not_put_off(tmp_path: Path) -> None:
    """The reminder takes until the offer is over: its end is said at once, not when the clock looks again."""
    async with Bus(tmp_path, *AGENCIES, keeping_time="coordinator") as bus:
        mechanism = bus.nodes["coordinator"].mechanism
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
            return (await _history(bus, "coordinator", offered.case_id))[-2:] == ["DeadlineReminded", "ReferralExpired"]

        await eventually(expired, within=10)
