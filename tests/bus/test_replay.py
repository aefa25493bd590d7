"""A replay tells what was: each view as it was folded live, and each agency's reading as its own store opened it then.

One bus is played once: consent is withdrawn, an offer is declined, and the keys of one agency come late.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.directory.directory import Directory
from bus.replay.account import Replay
from bus.replay.moment import MOST_CHARACTERS, ReplayError, moment, version_at
from bus.replay.past import StoredCase, past
from bus.replay.replaying import CaseReplayer, ReplayWish
from bus.replay.verdicts import otherwise
from bus.replica.replica import Committed
from bus.replica.stored import FoldedEvent
from bus.sealing.content import ContentKey, open_with, seal
from bus.store import Transaction
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.referral import ReferralDeclined
from contracts.labels.shared import SHARED
from contracts.law.in_force import RULESETS, ruleset_in_force
from contracts.view.difference import applied, as_json
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS, Part
from stafett.commands.main import main

NGO, MUNICIPALITY, POLICE, REGION = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "region-01")
NEVER = datetime.min.replace(tzinfo=UTC)
Opens = frozenset[tuple[int, Part]]


@dataclass
class Played:
    """A bus run, as it was recorded while it ran.

    `views`: the view at each version that each agency folded with all its keys. `opened`: what each agency's store
    could open at a version, at a moment. `stored`: what each store holds at the end.
    """

    case_id: str = ""
    views: dict[tuple[str, int], bytes] = field(default_factory=dict)
    opened: list[tuple[str, int, datetime, Opens]] = field(default_factory=list)
    folder: Path = Path()
    stored: dict[str, StoredCase] = field(default_factory=dict)
    directory: Directory | None = None
    late: tuple[int, datetime, datetime] = (0, NEVER, NEVER)

    def replaying(self, agency: str) -> CaseReplayer:
        """What replays the case from an agency's store."""
        assert self.directory is not None
        return CaseReplayer(
            self.stored[agency], self.directory, datetime.now(UTC), lambda each: SHARED.event(each).label
        )

    def replay(self, store: str, **asked: Any) -> Replay:
        """The case, replayed."""
        return asyncio.run(self.replaying(store).replay(ReplayWish(**asked)))


async def opens_now(bus: Bus, agency: str, case_id: str) -> Opens:
    """The sections of a case that the keys in an agency's store open."""
    node = bus.nodes[agency]
    envelopes = await node.store.envelopes(case_id)
    held = await node.keyring.of(case_id)
    reads = [key for key in held if key.compartment not in OFFERS.values()]  # a preview opens no part
    follow = [
        key.offshoot(compartment, envelope.event_id)
        for key in reads
        for part, compartment in OFFERS.items()
        if key.compartment == part.compartment
        for envelope in envelopes
    ]
    keys = [*reads, *follow]
    found = set()
    for envelope in envelopes:
        for section in envelope.sections[:2]:  # the others are previews
            for key in keys:
                if section is not None and opens(key, section, envelope.agency, envelope.event_id):
                    found.add((envelope.version, COMPARTMENTS[key.compartment]))
    return frozenset(found)


def opens(key: ContentKey, section: bytes, agency: str, event_id: str) -> bool:
    """Whether a key opens a section."""
    return open_with((key,), section, agency=agency, id=event_id) is not None


async def play(folder: Path) -> Played:
    """Play the run and record it."""
    played = Played(folder=folder)
    async with Bus(folder, *AGENCIES) as bus:

        def listen(agency: str) -> None:
            def heard(committed: Committed) -> None:
                if committed.envelope.case_id == played.case_id and not committed.case.unreadable:
                    view = committed.case.view
                    played.views[agency, view.version] = view.canonical_json(Part.CORE, *committed.case.parts)

            bus.nodes[agency].replica.listen(heard)

        async def nobody_waits() -> bool:
            return not any([(await node.replica.case(played.case_id)).waits for node in bus.nodes.values()])

        async def recorded() -> None:
            await bus.level()
            await bus.readable(played.case_id)
            await eventually(nobody_waits, within=30)
            for agency in AGENCIES:
                head = await bus.nodes[agency].store.head(played.case_id)
                opened = await opens_now(bus, agency, played.case_id)
                played.opened.append((agency, 0 if head is None else head.version, datetime.now(UTC), opened))

        played.case_id = case_id = (await bus.detect(NGO)).case_id
        for agency in AGENCIES:
            listen(agency)
        wish = await consent(bus, case_id, MUNICIPALITY, REGION)
        await consent(bus, case_id, POLICE, purpose="investigation")
        await recorded()
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        offer = await refer(bus, case_id, POLICE, purpose="investigation")
        await recorded()
        await bus.submit(MUNICIPALITY, an_event(NeedsAssessed, occurred_at=now()), case_id)
        await recorded()
        await accept(bus, case_id, POLICE, offer)
        await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
        await recorded()
        declined = await refer(bus, case_id, REGION)
        await bus.offered(case_id, REGION)
        await recorded()
        await bus.submit(REGION, an_event(ReferralDeclined, occurred_at=now(), offer_id=declined), case_id)
        await recorded()
        played.late = await keys_come_late(bus, case_id)
        await recorded()
        change = {"consent_id": wish, "recipients": [MUNICIPALITY]}
        await bus.submit(NGO, an_event(ConsentWithdrawn, occurred_at=now(), **change), case_id)
        await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
        await recorded()
        for agency, node in bus.nodes.items():
            played.stored[agency] = await StoredCase.read(case_id, agency, node.store, node.keyring)
        played.directory = bus.nodes[NGO].directory
        return played


async def keys_come_late(bus: Bus, case_id: str) -> tuple[int, datetime, datetime]:
    """The region accepts the case, and its grants wait; the version, a moment before they come and one after."""
    offer = await refer(bus, case_id, REGION)
    await bus.offered(case_id, REGION)
    taking: Any = bus.nodes[REGION]._taking
    take, gate = taking._take, asyncio.Event()

    async def held_back(messages: list[Any]) -> None:
        await gate.wait()
        await take(messages)

    taking._take = held_back
    accepted = await accept(bus, case_id, REGION, offer, reads=False)
    version = (await bus.delivered(REGION, accepted)).version
    assert version is not None
    await bus.level()
    closed_at = datetime.now(UTC)
    assert (await bus.nodes[REGION].replica.case(case_id)).unreadable
    gate.set()
    taking._take = take

    async def readable() -> bool:
        return not (await bus.nodes[REGION].replica.case(case_id)).unreadable

    await eventually(readable, within=30)
    return version, closed_at, datetime.now(UTC)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The run, played once."""
    return asyncio.run(play(tmp_path_factory.mktemp("replay")))


def test_each_view_is_as_it_was_folded_live(played: Played) -> None:
    """At every version and every agency that read the case then."""
    assert len(played.views) > 20 and {agency for agency, _ in played.views} == set(AGENCIES)
    for (agency, version), live in played.views.items():
        assert played.directory is not None
        found = asyncio.run(past(played.stored[agency], played.directory, version)).case
        if found.takes_part(agency):
            assert found.view.canonical_json(Part.CORE, *found.parts) == live


def opened_by(told: Replay) -> Opens:
    """The sections that a replay says an agency could open."""
    return frozenset((version, each.part) for each in told.reading.parts for version in each.opens)


def test_an_agency_could_open_what_its_own_store_opened_then(played: Played) -> None:
    """At each moment of the record, replayed from its own store, and from that of the agency that led the case."""
    assert len({opened for _, _, _, opened in played.opened}) > 8
    for agency, version, at, opened in played.opened:
        own = played.replay(agency, at=at)
        assert own.at.version == version and own.at.by == "received" and not own.at.unknown
        assert own.reading.mismatches == ()
        assert opened_by(own) == opened
        led = played.replay(NGO, at=version, agency=agency)
        assert opened_by(led) == opened and led.reading.mismatches == ()


def test_a_key_that_came_late_is_told_as_such(played: Played) -> None:
    """The region had received the events and could open none; a moment later it could. Its rules said the same."""
    version, closed_at, opened_at = played.late
    closed, opened = (played.replay(REGION, at=each) for each in (closed_at, opened_at))
    assert closed.at.version == opened.at.version == version
    assert closed.digest is None and closed.view is None and closed.cannot_open[0].from_version == 1
    assert closed.reading.takes_part is None
    assert opened.digest == played.replay(NGO, at=version).digest
    for step in opened.steps:
        assert step.received_at is not None and step.opened_at is not None
        assert step.received_at < closed_at and step.opened_at < opened_at
        # By the preview it knew what was said about its own offers, and nothing before.
        assert (step.opened_at < closed_at) == (step.version > version - 4)


def test_the_acceptance_and_consent_that_opened_it_are_named(played: Played) -> None:
    """By the ids of the events."""
    told = played.replay(MUNICIPALITY, at=played.opened[8][1])
    events = {step.event_id: step for step in told.steps}
    (support,) = [each for each in told.reading.parts if each.part is Part.SUPPORT]
    (ground,) = support.grounds
    assert events[str(ground.about)].type.startswith("se.nrm.CaseReferred")
    (given,) = ground.consents
    assert events[given].type.startswith("se.nrm.ConsentGiven")
    assert told.steps[ground.since - 1].type.startswith("se.nrm.ReferralAccepted")


def test_a_difference_leads_from_one_moment_to_the_other(played: Played) -> None:
    """Between any two versions at which it took part; backwards is refused."""
    replaying = played.replaying(NGO)
    for first, last in ((1, 5), (4, 4), (2, len(played.stored[NGO].envelopes))):
        told = asyncio.run(replaying.difference(first, last))
        begin, end = (played.replay(NGO, at=each).view for each in (first, last))
        assert begin is not None and end is not None and applied(begin, told.changes) == end
    with pytest.raises(ReplayError, match="before"):
        asyncio.run(replaying.difference(3, 2))


def test_a_forged_key_under_an_old_id_is_a_mismatch(played: Played) -> None:
    """An event after the municipality left, sealed under the key that it has: the rules close it, the key opens it."""
    stored = played.stored[NGO]
    last = len(stored.envelopes)
    tampered = replace(stored, envelopes=[*stored.envelopes[:-1], under_the_key_of(stored, last)])
    assert played.directory is not None
    replaying = replace(played.replaying(NGO), stored=tampered)
    (wrong, *more) = asyncio.run(replaying.replay(ReplayWish(agency=MUNICIPALITY))).reading.mismatches
    assert (wrong.version, wrong.code, wrong.lawful, wrong.recorded) == (last, "old-key", False, True) and not more


def under_the_key_of(stored: StoredCase, version: int) -> Any:
    """The event at a version, with the core sealed under the key of the first event."""
    envelope = stored.envelopes[version - 1]
    core, details = envelope.sections
    keys = [key for key in stored.times.keys if key.compartment == Part.CORE.compartment]
    opened = open_with(keys, core, agency=envelope.agency, id=envelope.event_id)
    first = next(key for key in keys if key.kid == stored.kid(1, Part.CORE))
    assert opened is not None and details is not None
    sealed = seal(first, opened[0], agency=envelope.agency, id=envelope.event_id)
    return replace(envelope, data=sealed + b"\n" + details)


def test_an_agency_without_a_part_reads_nothing(played: Played) -> None:
    """No view, no data, no changes, although the store of who leads opens all of it."""
    told = played.replay(NGO, at=1, agency=REGION)
    assert told.view is None and told.reading.parts == () and told.reading.takes_part is False
    assert [(step.opens, step.data, step.changes) for step in told.steps] == [(False, None, ())]
    support = played.replay(NGO, at=8, agency=POLICE)
    assert support.view is not None and "needs" not in support.view
    assert support.steps[6].opens and support.steps[6].opens_details is False
    assert "needs" not in (support.steps[6].data or {}) and support.steps[6].changes != ()
    assert "needs" in (played.replay(NGO, at=7).view or {})


async def test_what_an_older_store_did_not_keep_is_unknown(tmp_path: Path) -> None:
    """The tables are made, and nothing is invented: neither a time nor a verdict that rests on one."""
    async with Bus(tmp_path, NGO) as bus:
        case_id = (await bus.detect(NGO)).case_id
        node = bus.nodes[NGO]
        path = bus.settings(NGO).home / "store.db"
        await bus.stop_node(NGO)
        with closing(sqlite3.connect(path)) as store, store:
            store.execute("DROP TABLE received")
            store.execute("DROP TABLE keys_came")
        node = await bus.start_node(NGO)
        await bus.ready()
        stored = await StoredCase.read(case_id, NGO, node.store, node.keyring)
        at = datetime.now(UTC)
        replaying = CaseReplayer(stored, node.directory, at, lambda each: SHARED.event(each).label)
        told = await replaying.replay(ReplayWish(at=at))
        assert told.at.unknown and told.digest is not None
        assert (told.steps[0].received_at, told.steps[0].opened_at) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        *("", "-1", "1.5", "1e3", "0x10", "٣", "1\n", " 1", "now", "x" * MOST_CHARACTERS, "9" * 400),
        *("2026-11-27", "2026-11-27T12:00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z"),
        *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0000-01-01T00:00:00Z"),
        "2026-11-27T12:00:00+99:99",
    ],
)
def test_a_hostile_moment_is_refused(text: str) -> None:
    """In both languages, with a stable code; the words are always the same."""
    with pytest.raises(ReplayError) as refused:
        moment(text, "from")
    error = refused.value
    assert (error.parameter, error.code) == ("from", "not-a-moment")
    assert error.wording.sv != error.wording.en


def test_a_moment_outside_the_case_is_refused() -> None:
    """No version but those of the case, nothing to come, nothing before it began."""
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    times = [noon, noon + 2 * hour, noon + hour, noon + 3 * hour]
    later = noon + 9 * hour
    expected = {0: "no-such-version", 5: "no-such-version", 999_999_999: "no-such-version"}
    asked: Mapping[Any, str] = {
        **expected,
        noon - hour: "before-the-case",
        moment("9999-12-31T00:00:00Z"): "in-the-future",
    }
    for wanted, code in asked.items():
        with pytest.raises(ReplayError) as refused:
            version_at(wanted, times, later)
        assert refused.value.code == code
    assert [version_at(noon + each * hour, times, later) for each in (0, 1, 2, 3)] == [1, 1, 3, 4]
    assert [version_at(each, times, later) for each in (1, 4)] == [1, 4]


def test_each_step_is_judged_by_the_law_of_its_day(played: Played) -> None:
    """On the first day of each ruleset by that one, on the day before by the one before; and by another if asked."""
    recorded = datetime(2030, 1, 1, tzinfo=UTC)
    for earlier, later in pairwise(RULESETS):
        assert ruleset_in_force(later.in_force_from, recorded) is later
        assert ruleset_in_force(later.in_force_from - timedelta(days=1), recorded) is earlier
    same = played.replay(NGO, ruleset=RULESETS[-1].id)
    verdicts = [step.otherwise for step in same.steps]
    assert all(each is not None and each.judged and each.differs is False for each in verdicts)
    assert played.directory is not None
    events = asyncio.run(past(played.stored[NGO], played.directory, 2)).events
    wordless: FoldedEvent = replace(events[0], event=None)
    assert otherwise(wordless, RULESETS[0], played.directory).judged is False
    with pytest.raises(ReplayError, match="rulesets are: SE-2016"):
        played.replay(NGO, ruleset="SE-1809")
    with pytest.raises(ReplayError, match="no such agency"):
        played.replay(NGO, agency="municipality-9999")


def test_steps_come_in_parts(played: Played) -> None:
    """So that no answer is without a bound."""
    first = played.replay(NGO, limit=3)
    rest = played.replay(NGO, after=3)
    assert [step.version for step in first.steps] == [1, 2, 3] and first.next == 3
    assert rest.steps[0].version == 4 and rest.next is None
    assert [*first.steps, *rest.steps] == list(played.replay(NGO).steps)


async def test_the_first_time_is_kept(tmp_path: Path) -> None:
    """An event that is written again, by a repair, keeps the time when it was received; so does a key."""
    async with Bus(tmp_path, NGO) as bus:
        case_id = (await bus.detect(NGO)).case_id
        node = bus.nodes[NGO]
        before = await StoredCase.read(case_id, NGO, node.store, node.keyring)
        (envelope,) = before.envelopes
        again = Transaction()
        again.forget_after(case_id, 0)
        again.accept(envelope, 2, datetime.now(UTC) + timedelta(hours=1))
        keys = await node.store.keys_of([case_id])
        again.put_keys(keys, datetime.now(UTC) + timedelta(hours=1))
        await node.store.write(again)
        after = await StoredCase.read(case_id, NGO, node.store, node.keyring)
        assert after.times == before.times and None not in after.times.keys.values() and before.times.received


def test_as_json_holds_only_the_parts_that_are_named(played: Played) -> None:
    """The core always."""
    assert played.directory is not None
    view = asyncio.run(past(played.stored[NGO], played.directory, 7)).case.state
    assert "needs" not in as_json(view) and "needs" in as_json(view, Part.SUPPORT) and "status" in as_json(view)


def test_an_earlier_view_has_no_part_that_is_closed_now(played: Played) -> None:
    """Whoever reads less today than then is not shown more by asking for the past; who could not read, nothing."""
    found = asyncio.run(played.replaying(NGO).case(7, frozenset({Part.CORE})))
    whole = asyncio.run(played.replaying(NGO).case(7, frozenset(Part)))
    assert found.view.needs is None and whole.view.needs is not None and found.view.digest == whole.view.digest
    assert found.parts == {Part.CORE} < whole.parts
    with pytest.raises(ReplayError, match="could not read"):
        asyncio.run(played.replaying(REGION).case(2, frozenset(Part)))


def command(played: Played, capsys: pytest.CaptureFixture[str], *more: str, agency: str = NGO) -> tuple[int, str, str]:
    """The exit status of `stafett replay`, and what it printed."""
    status = main(["replay", agency, f"--home={played.folder}", f"--case={played.case_id}", *more])
    return status, *capsys.readouterr()


def test_the_command_tells_it_in_both_languages_and_as_json(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    """The same past; with whom, on what ground, and what differs."""
    status, swedish, _ = command(played, capsys, "--language=sv", f"--as={MUNICIPALITY}", "--at=6")
    english = command(played, capsys, f"--as={MUNICIPALITY}", "--at=6")[1]
    assert status == 0 and swedish != english
    assert "Anmäla ett förmodat offer (VictimDetected)" in swedish and "tackade ja till erbjudandet" in swedish
    assert "Report a presumed victim (VictimDetected)" in english and "accepted the offer" in english
    told = Replay.model_validate_json(command(played, capsys, "--json", "--ruleset=SE-2016")[1])
    assert told.steps[0].otherwise is not None and len(told.steps) == len(played.stored[NGO].envelopes)
    between = command(played, capsys, "--from=1", "--to=4", "--language=sv")[1]
    assert "version 1 → version 4" in between and "+ offers.0:" in between
    assert "Inget skiljer." in command(played, capsys, "--from=3", "--to=3", "--language=sv")[1]


def test_the_command_says_what_a_store_does_not_open(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    """The municipality left: no digest of another view is shown, neither of this case nor in the list of all."""
    status, told, _ = command(played, capsys, agency=MUNICIPALITY)
    assert status == 0 and "core: cannot be opened here from version" in told and "no view and no digest" in told
    assert "\ndigest" not in told
    assert main(["replay", MUNICIPALITY, f"--home={played.folder}"]) == 0
    assert "cannot be opened from version" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ("--at=99",),
        ("--at=yesterday",),
        ("--at=9999-12-31T00:00:00Z",),
        ("--from=1",),
        ("--to=1",),
        ("--from=1", "--to=2", "--at=1"),
        ("--from=1", "--to=2", "--ruleset=SE-2016"),
        ("--ruleset=SE-1809",),
        ("--as=nobody",),
    ],
)
def test_the_command_refuses_what_cannot_be(
    played: Played, capsys: pytest.CaptureFixture[str], wrong: tuple[str, ...]
) -> None:
    """In the language that was asked for, with status 2."""
    status, told, english = command(played, capsys, *wrong)
    assert (status, told) == (2, "") and english.startswith("--")
    assert command(played, capsys, "--language=sv", *wrong)[2] != english


def test_a_past_needs_a_case_that_is_there(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown one is said to be so; a moment without a case is no question."""
    home = f"--home={played.folder}"
    assert main(["replay", NGO, home, f"--case={'0' * 36}", "--language=sv"]) == 1
    assert "Det finns inget sådant ärende" in capsys.readouterr().err
    assert main(["replay", NGO, home, "--at=1"]) == 2
