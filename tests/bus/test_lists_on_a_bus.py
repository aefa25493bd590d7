"""Lists at agencies of a real bus: newcomers, leavers, erasure, and a log that goes back in time."""

from __future__ import annotations

from pathlib import Path

from harness.bus import Bus, an_event
from harness.scanning import scanned, tell_the_same
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.directory.directory import DIRECTORY_ID
from bus.read_models.index_key import COMPARTMENT
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.erasure import ErasureRequested, holders_of
from contracts.view.parts.referral import OfferState
from contracts.view.parts.status import CaseStatus

AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES
TABLES = ("case_list", "offer_list", "deadline_list", "task_list")


async def listed(bus: Bus, agency: str, **asked: str) -> list[str]:
    """The cases that an agency lists."""
    found = await bus.nodes[agency].lists.cases(asked, None, limit=100, offset=0)
    return [case.case_id for case in found.items]


async def all_tell_the_same(bus: Bus, *, in_order: bool = True) -> None:
    """Every list at every agency, against every case read anew."""
    await bus.level()
    for agency, node in bus.nodes.items():
        scan = await scanned(node.store, node.keyring, node.directory, agency)
        await tell_the_same(node.lists, scan, in_order=in_order)


async def rows_of(bus: Bus, agency: str, case_id: str) -> dict[str, int]:
    """How many rows of each list are of a case and hold something that was sealed, or a token of it."""
    query, found = bus.nodes[agency].store.query, {}
    for table in TABLES:
        rows = await query(f"SELECT * FROM {table} WHERE case_id = :case_id", case_id=case_id)
        found[table] = sum(row.get("sealed", b"") is not None for row in rows)
    return found


async def test_who_is_brought_into_a_case_lists_it_with_its_first_key(tmp_path: Path) -> None:
    """While it is only offered the case, it lists the offer alone; who has left lists neither."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = (await bus.detect(NGO)).case_id
        consent_id = await consent(bus, case_id, MUNICIPALITY, NGO, COORDINATOR)
        offer_id = await refer(bus, case_id, MUNICIPALITY)
        lists = bus.nodes[MUNICIPALITY].lists

        async def knows() -> bool:
            found = await lists.offers("received", OfferState.OPEN, limit=10, offset=0)
            return [(one.case_id, one.id) for one in found.items] == [(case_id, offer_id)]

        await eventually(knows)
        assert await listed(bus, MUNICIPALITY) == []
        await all_tell_the_same(bus)
        await accept(bus, case_id, MUNICIPALITY, offer_id)

        async def is_listed() -> bool:
            return await listed(bus, MUNICIPALITY, role="participant") == [case_id]

        await eventually(is_listed)
        await all_tell_the_same(bus)
        withdrawn = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[MUNICIPALITY])
        await bus.submit(NGO, withdrawn, case_id)
        await bus.level()
        assert await listed(bus, MUNICIPALITY) == []
        assert (await lists.offers(None, None, limit=10, offset=0)).total == 0
        assert await rows_of(bus, MUNICIPALITY, case_id) == dict.fromkeys(TABLES, 0)
        await all_tell_the_same(bus)


async def test_an_erased_case_leaves_nothing_in_any_list(tmp_path: Path) -> None:
    """At every holder, also one that had left: no row, no token, no task. It is listed as erased, and no more."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id, other = (await bus.detect(NGO)).case_id, (await bus.detect(NGO)).case_id
        for each in (case_id, other):
            await consent(bus, each, MUNICIPALITY, NGO, POLICE, COORDINATOR)
            await accept(bus, each, MUNICIPALITY, await refer(bus, each, MUNICIPALITY))
            await refer(bus, each, POLICE)
            for agency in (NGO, MUNICIPALITY):
                await bus.nodes[agency].tasks.ask(each, "ask", "x", en="Ask.", sv="Fråga.", due="2099-01-01")
        await bus.level()
        assert all((await rows_of(bus, MUNICIPALITY, case_id)).values())
        view = (await bus.nodes[NGO].replica.case(case_id)).view
        holders = holders_of(view)
        wish = an_event(ErasureRequested, occurred_at=now(), scope="case", reason="other", holders=holders)
        await bus.submit(NGO, wish, case_id)

        async def erased() -> bool:
            views = [(await node.replica.case(case_id)).view for node in bus.nodes.values()]
            return all(view.erasures and not view.erasures[-1].outstanding for view in views)

        await eventually(erased, 30)
        for agency, node in bus.nodes.items():
            assert await rows_of(bus, agency, case_id) == dict.fromkeys(TABLES, 0), agency
            if agency == COORDINATOR:
                continue  # it never took part
            assert any((await rows_of(bus, agency, other)).values()), "the other case goes on"
            found = await node.lists.cases({"status": CaseStatus.ERASED}, None, limit=10, offset=0)
            assert [(one.case_id, one.lead, one.region) for one in found.items] == [(case_id, None, None)]
            assert found.total == 1
            calendar = await node.store.query("SELECT SUM(n) AS n FROM due_dates WHERE list = 'tasks'")
            assert int(calendar[0]["n"] or 0) == (await node.tasks.page(limit=10, offset=0)).total
            assert await node.keyring.of(DIRECTORY_ID, COMPARTMENT), "the index key is wrapped anew, and is not gone"
        await all_tell_the_same(bus)


async def test_what_comes_after_a_lost_log_stands_first(tmp_path: Path) -> None:
    """The log begins anew and is shorter than it was: what happens then still happened later than what was before."""
    async with Bus(tmp_path, NGO) as bus:
        first, last = (await bus.detect(NGO)).case_id, (await bus.detect(NGO)).case_id
        async with bus.connected() as administrator:
            for _ in range(20):
                await administrator.jetstream().publish(f"case.{last}.ConsentGiven.police", b"{}")
        await bus.consent(NGO, last)
        await bus.level()
        await bus.roll_back(None)
        await bus.start_broker()
        await bus.create_streams()
        await bus.ready()
        assert (await bus.consent(NGO, first)).sequence == bus.founded + 4
        await bus.level()
        assert await listed(bus, NGO) == [first, last]


async def test_a_log_that_goes_back_in_time_leaves_the_lists_right(tmp_path: Path) -> None:
    """Events that others have taken the place of are gone from the lists, too; what comes later stands first."""
    async with Bus(tmp_path, *AGENCIES[:3]) as bus:
        case_id, other = await bus.shared_case(), (await bus.detect(NGO)).case_id
        copy = await bus.back_up()
        await bus.stop_node(POLICE)
        lost = [await bus.consent(MUNICIPALITY, case_id) for _ in range(2)]
        await bus.detect(NGO)
        await bus.level()
        for agency in (MUNICIPALITY, NGO):
            await bus.stop_node(agency)
        await bus.roll_back(copy)
        await bus.start_broker()
        await bus.start_node(POLICE)
        await bus.ready()
        await bus.consent(POLICE, case_id)
        await bus.start_node(MUNICIPALITY)
        await bus.start_node(NGO)
        for receipt in lost:
            await bus.delivered(MUNICIPALITY, receipt.event_id)
        await bus.ready()
        await bus.agreed_version(case_id)
        await all_tell_the_same(bus, in_order=False)
        await bus.consent(NGO, other)
        await bus.level()
        assert (await listed(bus, NGO))[0] == other
