"""The right to connect changes while the brokers run: a suspension acts at once, for good, everywhere, on that agency
alone."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.bus import Bus, full_mandate
from harness.waiting import eventually
from nats.errors import Error as NatsError

from bus.errors import BrokerAwayError, StoreError
from bus.mandate import ReactionContext
from bus.nats.client import Client
from bus.nats.tls import connection_options
from bus.operator.provision import Layout, provision
from bus.operator.streams import create_streams
from bus.operator.user_registry import revoke
from bus.secret_files import write_private
from contracts.chapters.detection import VictimDetected
from contracts.view.case_view import CaseView
from stafett.embedded.broker import Broker, free_port

AGENCIES = ("police", "ngo-fyren")


def now() -> datetime:
    """The operator's clock."""
    return datetime.now(UTC)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus whose nodes do not run."""
    async with Bus(tmp_path, *AGENCIES, start=False) as running:
        yield running


async def suspend(bus: Bus, agency: str) -> None:
    """What the operator does."""
    assert await revoke([bus.broker.url], bus.layout.admission(now()), agency, tls=bus.layout.tls, now=now()) == 1


async def is_let_in(layout: Layout, url: str, credentials: Path) -> bool:
    """Whether a broker takes these credentials now."""
    client = Client()

    async def silently(_: Exception) -> None:
        """The refusal is looked at below."""

    try:
        await client.connect(
            url,
            user_credentials=str(credentials),
            allow_reconnect=False,
            error_cb=silently,
            **connection_options(layout.tls),
        )
    except NatsError as error:
        # Refused as it comes, or, by a broker that hears of it in this moment, right after.
        assert "Authorization" in str(error) or "Authentication Revoked" in str(error), error
        return False
    finally:
        with suppress(NatsError):
            await client.close()
    return True


def creds(layout: Layout, agency: str) -> Path:
    """Where an agency's credentials lie."""
    return layout.home(agency) / "broker.creds"


async def test_a_suspended_agency_is_cut_off_while_others_go_on(bus: Bus) -> None:
    """Its connection ends, a new one is refused, also after the broker restarts; another's is not even interrupted."""
    ended: list[str] = []

    def closed(agency: str) -> dict[str, object]:
        async def note() -> None:
            ended.append(agency)

        return {"disconnected_cb": note, "allow_reconnect": False}

    async with (
        bus.connected(creds(bus.layout, "police"), **closed("police")),
        bus.connected(creds(bus.layout, "ngo-fyren"), **closed("ngo-fyren")) as ngo,
    ):
        await suspend(bus, "police")
        await eventually(lambda: "police" in ended)
        assert not await is_let_in(bus.layout, bus.broker.url, creds(bus.layout, "police"))
        await ngo.flush()
        assert ended == ["police"]
    for forgetful in (False, True):
        bus.broker.stop()
        if forgetful:  # a new disk: what provisioning wrote is enough
            for path in (bus.broker.folder / "accounts").iterdir():
                path.unlink()
        await bus.start_broker()
        assert not await is_let_in(bus.layout, bus.broker.url, creds(bus.layout, "police"))
        assert await is_let_in(bus.layout, bus.broker.url, creds(bus.layout, "ngo-fyren"))


async def test_the_broker_remembers_by_itself(bus: Bus) -> None:
    """It keeps what it was told, even where the file that it starts from is an older one."""
    older = bus.layout.broker_trust.read_text()
    await suspend(bus, "police")
    bus.layout.broker_trust.write_text(older)
    bus.broker.stop()
    await bus.start_broker()
    assert not await is_let_in(bus.layout, bus.broker.url, creds(bus.layout, "police"))


async def test_provisioning_again_does_not_readmit(bus: Bus) -> None:
    """Only readmission does; the agency then is a new user, and its old credentials stay void."""
    await suspend(bus, "police")
    old = bus.folder / "old.creds"
    old.write_bytes(creds(bus.layout, "police").read_bytes())
    provision(bus.folder, bus.mandates, now())
    assert creds(bus.layout, "police").read_bytes() == old.read_bytes()
    bus.layout.admission(now()).readmit("police")
    provision(bus.folder, bus.mandates, now())
    await bus.layout.admission(now()).enforce([bus.broker.url], bus.layout.tls, now())
    assert await is_let_in(bus.layout, bus.broker.url, creds(bus.layout, "police"))
    assert not await is_let_in(bus.layout, bus.broker.url, old)


async def test_a_new_agency_joins_without_a_restart(bus: Bus) -> None:
    """Credentials minted while the broker runs are good at once; those of the first of its kind, when it is told."""
    provision(bus.folder, {"ngo-ljuset": full_mandate("ngo"), "region-01": full_mandate("region")}, now())
    assert await is_let_in(bus.layout, bus.broker.url, creds(bus.layout, "ngo-ljuset"))
    await bus.layout.admission(now()).enforce([bus.broker.url], bus.layout.tls, now())
    assert await is_let_in(bus.layout, bus.broker.url, creds(bus.layout, "region-01"))
    assert await is_let_in(bus.layout, bus.broker.url, creds(bus.layout, "police"))


async def test_a_suspended_agencys_node_waits_and_comes_back_when_readmitted(tmp_path: Path) -> None:
    """It says that the broker is away, keeps what it is given, and needs no restart after readmission."""
    ngo, heard = full_mandate("ngo-fyren"), []

    @ngo.on(VictimDetected)
    async def note(event: VictimDetected, case: CaseView, context: ReactionContext) -> None:
        """Its subscription has a connection of its own, which must survive too."""
        heard.append(case.case_id)

    async with Bus(tmp_path, *AGENCIES, mandates={"ngo-fyren": ngo}) as bus:
        await suspend(bus, "ngo-fyren")
        node = bus.nodes["ngo-fyren"]
        await eventually(lambda: not node.health().ready)
        receipt = await bus.detect("ngo-fyren")
        assert bus.nodes["police"].health().ready
        bus.layout.admission(now()).readmit("ngo-fyren")
        provision(bus.folder, bus.mandates, now())
        await bus.delivered("ngo-fyren", receipt.event_id)
        await eventually(lambda: heard == [receipt.case_id])


async def test_who_cannot_reach_the_brokers_is_told(tmp_path: Path) -> None:
    """The suspension stands in the register, and is felt at the brokers' next start."""
    layout = provision(tmp_path, {"police": full_mandate("police")}, now())
    admission = layout.admission(now())
    admission.suspend("police", now())
    with pytest.raises(BrokerAwayError):
        await admission.enforce([f"tls://127.0.0.1:{free_port()}"], layout.tls, now(), within=0.5)
    broker = Broker(layout.folder / "broker", layout.broker_trust, certificates=layout.broker_certificates("stafett"))
    broker.start()
    try:
        await asyncio.to_thread(broker.wait_until_healthy)
        assert not await is_let_in(layout, broker.url, creds(layout, "police"))
    finally:
        broker.stop()


def test_the_operators_files_are_the_operators_alone(tmp_path: Path) -> None:
    """Seeds, register and credentials."""
    layout = provision(tmp_path, {"police": full_mandate("police")}, now())
    operators = layout.administrator.parent
    secret = [layout.administrator, creds(layout, "police"), operators / "register.json", *operators.glob("*.seed")]
    assert {path.stem for path in operators.glob("*.seed")} == {
        *("operator", "account", "agencies", "system", "scope-police")
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


def test_a_lost_seed_is_not_replaced(tmp_path: Path) -> None:
    """Another operator would void everybody's credentials: the old one is to be restored, or all begun anew."""
    layout = provision(tmp_path, {"police": full_mandate("police")}, now())
    seed = layout.administrator.parent / "operator.seed"
    kept = seed.read_bytes()
    seed.unlink()
    with pytest.raises(StoreError, match=r"operator\.seed is gone .*: restore it from your backup"):
        provision(tmp_path, {"police": full_mandate("police")}, now())
    write_private(seed, kept)
    provision(tmp_path, {"police": full_mandate("police")}, now())


def test_a_name_that_could_be_more_than_one_is_refused(tmp_path: Path) -> None:
    """The broker puts an agency's name in the rights of its kind."""
    for name in ("*", "police.>", "police.x", "Police", ""):
        with pytest.raises(ValueError, match="no name of an agency"):
            provision(tmp_path, {name: full_mandate("police")}, now())


async def test_an_agency_that_is_held_comes_back_with_the_same_credentials(bus: Bus) -> None:
    """Kept out until the time has passed, whatever else changes meanwhile; the others are not even interrupted."""
    admission, credentials = bus.layout.admission(now()), creds(bus.layout, "police")
    before = credentials.read_bytes()
    async with bus.connected(creds(bus.layout, "ngo-fyren"), allow_reconnect=False) as ngo:
        admission.hold("police", now() + timedelta(minutes=1), now())
        await admission.enforce([bus.broker.url], bus.layout.tls, now())
        assert not await is_let_in(bus.layout, bus.broker.url, credentials)
        provision(bus.folder, bus.mandates, now())
        assert admission.release(now()) == []
        await admission.enforce([bus.broker.url], bus.layout.tls, now())
        assert not await is_let_in(bus.layout, bus.broker.url, credentials)
        assert admission.release(now() + timedelta(minutes=2)) == ["police"]
        await admission.enforce([bus.broker.url], bus.layout.tls, now())
        assert await is_let_in(bus.layout, bus.broker.url, credentials)
        assert credentials.read_bytes() == before
        await ngo.flush()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Layout, list[Broker]]]:
    """Three brokers, up and level."""
    names = [f"node-{number}" for number in (1, 2, 3)]
    mandates = {agency: full_mandate(agency) for agency in AGENCIES}
    layout = provision(tmp_path, mandates, now(), dict.fromkeys(names, ()))
    routes = tuple(free_port() for _ in names)
    brokers = [
        Broker(
            layout.folder / "broker" / name,
            layout.broker_trust,
            name=name,
            cluster=(route, routes),
            certificates=layout.broker_certificates(name),
            mutual=True,
        )
        for name, route in zip(names, routes, strict=True)
    ]
    with ExitStack() as ending:
        for broker in brokers:
            broker.start()
            ending.callback(broker.stop)
        for broker in brokers:
            broker.wait_until_healthy(60)
        yield layout, brokers


async def test_every_broker_of_a_cluster_refuses_also_one_that_was_away(
    cluster: tuple[Layout, list[Broker]],
) -> None:
    """Those that run confirm; the third, down meanwhile and started from an older file, hears it from them."""
    layout, brokers = cluster
    urls = [broker.url for broker in brokers]
    await create_streams(urls, layout.administrator, replicas=3, tls=layout.tls)
    older = layout.broker_trust.read_text()
    brokers[2].stop()
    admission = layout.admission(now())

    async def two_confirm() -> bool:
        with suppress(BrokerAwayError):
            return await admission.enforce(urls[:2], layout.tls, now()) == 2
        return False

    await eventually(two_confirm, within=60)  # as soon as the others miss the third
    assert await revoke(urls[:2], admission, "police", tls=layout.tls, now=now()) == 2
    layout.broker_trust.write_text(older)
    brokers[2].start()
    await asyncio.to_thread(brokers[2].wait_until_healthy, 60)

    async def refused() -> bool:
        return not any([await is_let_in(layout, url, creds(layout, "police")) for url in urls])

    await eventually(refused)
    assert all([await is_let_in(layout, url, creds(layout, "ngo-fyren")) for url in urls])
