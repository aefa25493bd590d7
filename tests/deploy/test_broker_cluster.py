"""deploy/nats.conf, as compose.yaml uses it, makes a cluster that keeps what it acknowledges: three real nodes, R3."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
import pytest

from bus.nats.durability import require_durable
from bus.nats.tls import Tls, connection_options
from bus.operator.provision import Layout, provision
from services import mandate_of
from stafett.commands.main import main
from stafett.embedded.broker import free_port, server_binary


@dataclass
class Node:
    """One broker of the cluster, run from the committed configuration."""

    name: str
    folder: Path
    client: int
    monitor: int
    route: int
    routes: list[int]

    def prepare(self, configuration: Path, layout: Layout) -> None:
        """Lay the files as the container has them."""
        (self.folder / "provisioned").mkdir(parents=True)
        (self.folder / "nats.conf").symlink_to(configuration)
        (self.folder / "provisioned" / "trust.conf").symlink_to(layout.broker_trust)
        (self.folder / "provisioned" / "certificates").symlink_to(layout.broker_certificates(self.name))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Run nats-server, with the variables that compose.yaml sets."""
        variables = {
            "NATS_NAME": self.name,
            "NATS_LISTEN": f'"127.0.0.1:{self.client}"',
            "NATS_MONITOR": f'"127.0.0.1:{self.monitor}"',
            "NATS_CLUSTER": f'"127.0.0.1:{self.route}"',
            "NATS_ROUTES": json.dumps([f"tls://127.0.0.1:{port}" for port in self.routes]),
            "NATS_STORE": json.dumps(str(self.folder / "data")),
            "NATS_ROOM": "1GB",
            "NATS_ACCOUNTS": json.dumps(str(self.folder / "data" / "accounts")),
        }
        with (self.folder / "nats.log").open("ab") as log:
            return subprocess.Popen(
                [server_binary(), *arguments, "--config", self.folder / "nats.conf"],
                env=os.environ | variables,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )

    def healthy(self) -> bool:
        """What the health check of compose.yaml asks."""
        try:
            context = ssl.create_default_context(cafile=self.folder / "provisioned/certificates/clients-ca.pem")
            url = f"https://127.0.0.1:{self.monitor}/healthz?js-server-only=true"
            with urllib.request.urlopen(url, timeout=1, context=context):
                return True
        except OSError:
            return False


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A provisioned folder with two agencies."""
    folder = tmp_path_factory.mktemp("provisioned")
    brokers = {f"nats-{number}": (f"nats-{number}", f"nats-{number}.routes") for number in (1, 2, 3)}
    return provision(folder, {name: mandate_of(name) for name in ("police", "migration")}, datetime.now(UTC), brokers)


@pytest.fixture(scope="module")
def nodes(layout: Layout, root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Node]:
    """Three nodes, ready to be started."""
    folder = tmp_path_factory.mktemp("cluster")
    routes = [free_port() for _ in range(3)]
    prepared = [
        Node(f"nats-{number}", folder / f"nats-{number}", free_port(), free_port(), route, routes)
        for number, route in enumerate(routes, 1)
    ]
    for node in prepared:
        node.prepare(root / "deploy" / "nats.conf", layout)
    return prepared


@pytest.fixture(scope="module")
def cluster(nodes: list[Node]) -> Iterator[list[Node]]:
    """The nodes running and healthy."""
    with ExitStack() as ending:
        for node in nodes:
            process = node.start()
            ending.callback(process.wait)
            ending.callback(process.terminate)
        deadline = time.monotonic() + 30
        while not all(node.healthy() for node in nodes):
            assert time.monotonic() < deadline, "the cluster did not become healthy"
            time.sleep(0.05)
        yield nodes


def test_the_server_accepts_the_configuration(nodes: list[Node]) -> None:
    """`nats-server -t` reads it with the provisioned trust included."""
    for node in nodes:
        assert node.start("-t").wait(10) == 0, (node.folder / "nats.log").read_text()


def test_every_node_syncs_before_it_acknowledges(cluster: list[Node], layout: Layout) -> None:
    """The check that each service makes before it publishes."""
    police = Tls.beside(layout.home("police"))
    asyncio.run(require_durable(tuple(f"https://127.0.0.1:{node.monitor}" for node in cluster), police))


def test_the_stream_lives_on_three_nodes(
    cluster: list[Node], layout: Layout, services: dict[str, dict[str, Any]]
) -> None:
    """The command of compose.yaml creates it, with a replica on every node."""
    servers = [f"tls://127.0.0.1:{node.client}" for node in cluster]
    command = services["stream"]["entrypoint"][1:]
    here = {
        "/run/stafett": str(layout.folder),
        "tls://nats-1:4222,tls://nats-2:4222,tls://nats-3:4222": ",".join(servers),
    }
    for there, where in here.items():
        command = [word.replace(there, where) for word in command]
    assert main([*command, "police", "migration"]) == 0
    placed = asyncio.run(_placement(servers, layout))
    assert {placed["leader"], *placed["replicas"]} == {node.name for node in cluster}


def test_a_stranger_is_refused(cluster: list[Node], layout: Layout) -> None:
    """Without credentials from provisioning there is no connection, and without a certificate not even a word."""
    with pytest.raises(nats.errors.Error):
        asyncio.run(_connect_without_credentials(cluster[0], layout.tls))
    with pytest.raises((nats.errors.Error, OSError)):
        asyncio.run(_connect_without_credentials(cluster[0], Tls(layout.ca)))


def test_an_agency_is_no_node_of_the_cluster(cluster: list[Node], layout: Layout) -> None:
    """Its certificate opens the clients' door alone; a node's own opens the routes'."""
    home = layout.home("police")
    own = layout.broker_certificates("nats-1")
    assert _is_let_in(cluster[0].client, Tls.beside(home))
    assert _is_let_in(cluster[1].route, Tls.beside(own, "routes"))
    police = Tls.beside(home)
    assert not _is_let_in(cluster[1].route, Tls(own / "routes-ca.pem", police.certificate, police.key))


def _is_let_in(port: int, tls: Tls) -> bool:
    """Whether the server speaks after the handshake, which alone does not tell that it accepts our certificate."""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            tls.context().wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            connection.sendall(b"PING\r\n")
            return connection.recv(1024) != b""
    except OSError:
        return False


async def _placement(servers: list[str], layout: Layout) -> dict[str, Any]:
    options = connection_options(layout.tls)
    client = await nats.connect(servers, user_credentials=str(layout.administrator), **options)
    try:
        placed = (await client.jetstream().stream_info("CASES")).cluster
    finally:
        await client.close()
    assert placed is not None
    return {"leader": placed.leader, "replicas": [peer.name for peer in placed.replicas or ()]}


async def _connect_without_credentials(node: Node, tls: Tls) -> None:
    async def silently(_: Exception) -> None:
        """The refusal is what is expected."""

    client = await nats.connect(
        f"tls://127.0.0.1:{node.client}",
        allow_reconnect=False,
        connect_timeout=5,
        error_cb=silently,
        **connection_options(tls),
    )
    await client.close()
