"""A further program of an agency has credentials and consumers of its own, and takes nothing from the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from harness.attempting import Attempts, attempting
from harness.bus import Bus, full_mandate
from harness.waiting import eventually
from nats.errors import Error as NatsError

from bus.errors import StoreError
from bus.mandate import Mandate
from bus.nats.following import Follower, Source
from bus.nats.log import STREAM
from bus.operator.provision import admit_program, provision
from bus.operator.rights import rights_of
from contracts.chapters.detection import VictimDetected
from contracts.vocabulary.agencies import AgencyKind, Role

CASE = "5f3f7a52-9a2e-4d5c-8f1b-0d9f6a3c2b10"
NGO, COORDINATOR, PROGRAM = "ngo-fyren", "coordinator", "mirror"
MOST = 100


def at(seconds: int = 0) -> datetime:
    """A moment from now on: tokens count in seconds."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus of two, on which a second program of the NGO may connect."""
    async with Bus(tmp_path, NGO, COORDINATOR) as running:
        admit_program(running.layout, NGO, running.mandates[NGO], PROGRAM, at())
        await enforce(running)
        yield running


async def enforce(bus: Bus) -> None:
    """Tell the broker who may connect."""
    await bus.layout.admission(at()).enforce([bus.broker.url], bus.layout.tls, at())


@pytest.fixture
async def program(bus: Bus) -> AsyncIterator[Attempts]:
    """The second program's hand on the broker."""
    async with attempting(bus, NGO, PROGRAM) as attempts:
        yield attempts


async def test_it_follows_the_log_and_the_grants_beside_the_service(bus: Bus, program: Attempts) -> None:
    """Both take everything, and the service's session goes on."""
    case_id = (await bus.detect(NGO)).case_id
    last = bus.founded + 1
    own = Follower(program.client, NGO, Source(STREAM, f"replica-{NGO}_{PROGRAM}"), 0, MOST)
    grants = Follower(program.client, NGO, Source("KEYS", f"keys-{NGO}_{PROGRAM}", f"key.*.*.*.{NGO}.>"), 0, MOST)
    await own.begin()
    await grants.begin()
    assert own.waiting == last
    taken: list[int] = []
    async with asyncio.timeout(10):
        while len(taken) < last:
            taken += [message.sequence for message in await own.next()]
        granted = await grants.next()
    assert taken == list(range(1, last + 1))
    assert {message.subject.split(".")[1] for message in granted} == {case_id}
    await bus.consent(NGO, case_id)
    assert (await own.next())[0].sequence == last + 1
    await bus.level()
    assert bus.nodes[NGO].health().ready
    assert program.forbidden == []


@pytest.mark.parametrize(
    "subject",
    [
        f"$JS.API.CONSUMER.DELETE.CASES.replica-{NGO}",
        f"$JS.API.CONSUMER.CREATE.CASES.replica-{NGO}",
        f"$JS.API.CONSUMER.DELETE.KEYS.keys-{NGO}",
        f"$JS.API.CONSUMER.DELETE.CASES.replica-{NGO}_other",
        f"$JS.API.CONSUMER.DELETE.CASES.replica-{COORDINATOR}_{PROGRAM}",
        f"$JS.API.CONSUMER.CREATE.KEYS.keys-{NGO}_{PROGRAM}.key.*.*.*.{COORDINATOR}.>",
        f"case.{CASE}.ReflectionPeriodGranted.{NGO}",
        f"case.{CASE}.VictimDetected.{COORDINATOR}",
    ],
)
async def test_it_has_no_other_rights_than_its_agency(program: Attempts, subject: str) -> None:
    """Not the service's consumers either, nor another program's."""
    assert not await program.may_publish(subject)


async def test_it_may_issue_what_its_agency_may(program: Attempts) -> None:
    """It acts in the agency's name, with the agency's keys."""
    assert await program.may_publish(f"case.{uuid4()}.VictimDetected.{NGO}")


async def test_the_service_may_not_use_its_consumers(bus: Bus) -> None:
    """Each steals from nobody."""
    async with attempting(bus, NGO) as service:
        assert not await service.may_publish(f"$JS.API.CONSUMER.DELETE.CASES.replica-{NGO}_{PROGRAM}")


async def test_its_access_ends_alone(bus: Bus, program: Attempts) -> None:
    """The service stays connected; provisioning again does not bring it back."""
    bus.layout.admission(at()).end_program(NGO, PROGRAM, at(1))
    await enforce(bus)
    await eventually(lambda: not program.client.is_connected)
    provision(bus.folder, bus.mandates, at(2))
    await enforce(bus)
    with pytest.raises(NatsError):
        async with attempting(bus, NGO, PROGRAM, allow_reconnect=False):
            pass
    assert bus.nodes[NGO].health().ready


async def test_it_is_cut_off_with_its_agency(bus: Bus, program: Attempts) -> None:
    """And held with it, when the agency floods the brokers."""
    admission = bus.layout.admission(at())
    assert set(admission.users().values()) == {NGO, COORDINATOR}
    assert len(admission.users()) == 3
    admission.suspend(NGO, at())
    await enforce(bus)
    await eventually(lambda: not program.client.is_connected)
    with pytest.raises(StoreError, match="cut off"):
        (bus.layout.home(NGO) / f"broker-{PROGRAM}.creds").unlink()
        admit_program(bus.layout, NGO, bus.mandates[NGO], PROGRAM, at(61))


def test_provisioning_again_renews_its_rights(tmp_path: Path) -> None:
    """A mandate that gains a duty gains it for the agency's programs too, with the same file."""
    less, more = Mandate(AgencyKind.NGO), full_mandate(NGO)
    less.may_issue(VictimDetected, role=Role.CASEWORKER)
    layout = provision(tmp_path, {NGO: less}, at())
    credentials = admit_program(layout, NGO, less, PROGRAM, at())
    before = credentials.read_bytes()
    provision(tmp_path, {NGO: more}, at())
    kept = layout.admission(at()).register.scopes["ngo-program"].rights
    assert kept == rights_of(NGO, more, program=True) != rights_of(NGO, less, program=True)
    assert credentials.read_bytes() == before


@pytest.mark.parametrize("name", ["Mirror", "a.b", "a b", "*", "a_b", "a/b", ">"])
def test_a_program_has_a_plain_name(tmp_path: Path, name: str) -> None:
    """It stands in subjects and in a file's name."""
    mandates = {NGO: full_mandate(NGO)}
    layout = provision(tmp_path, mandates, at())
    with pytest.raises(ValueError, match="no name of a program"):
        admit_program(layout, NGO, mandates[NGO], name, at())
