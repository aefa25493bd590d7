"""deploy/nats.conf, as compose.yaml uses it, makes a cluster that keeps what it acknowledges: three real nodes, R3."""

from __future__ import annotations

import asyncio
import json
import os
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

from bus.broker_check import require_durable
from bus.provision import Layout, provision
from services import mandate_of
from stafett.broker import free_port, server_binary
from stafett.cli import main


@dataclass
class Node:
    """One broker of the cluster, run from the committed configuration."""

    name: str
    folder: Path
    client: int
    monitor: int
    route: int
    routes: list[int]

    def prepare(self, configuration: Path, trust: Path) -> None:
        """Lay the files as the container has them."""
        (self.folder / "provisioned").mkdir(parents=True)
        (self.folder / "nats.conf").symlink_to(configuration)
        (self.folder / "provisioned" / "trust.conf").symlink_to(trust)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Run nats-server, with the variables that compose.yaml sets."""
        variables = {
            "NATS_NAME": self.name,
            "NATS_LISTEN": f'"127.0.0.1:{self.client}"',
            "NATS_MONITOR": f'"127.0.0.1:{self.monitor}"',
            "NATS_CLUSTER": f'"127.0.0.1:{self.route}"',
            "NATS_ROUTES": json.dumps([f"nats://127.0.0.1:{port}" for port in self.routes]),
            "NATS_STORE": json.dumps(str(self.folder / "data")),
        }
        with (self.folder / "nats.log").open("ab") as log:
            return subprocess.Popen(
                [server_binary(), *arguments, "--config", self.folder / "nats.conf"],
                env=os.environ | variables,
                stdout=log,
                stderr=log,
            )

    def healthy(self) -> bool:
        """What the health check of compose.yaml asks."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/healthz?js-server-only=true", timeout=1):
                return True
        except OSError:
            return False


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A provisioned folder with two agencies."""
    folder = tmp_path_factory.mktemp("provisioned")
    return provision(folder, {name: mandate_of(name) for name in ("police", "migration")}, datetime.now(UTC))


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
        node.prepare(root / "deploy" / "nats.conf", layout.broker_trust)
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


def test_every_node_syncs_before_it_acknowledges(cluster: list[Node]) -> None:
    """The check that each service makes before it publishes."""
    asyncio.run(require_durable(tuple(f"http://127.0.0.1:{node.monitor}" for node in cluster)))


def test_the_stream_lives_on_three_nodes(
    cluster: list[Node], layout: Layout, services: dict[str, dict[str, Any]]
) -> None:
    """The command of compose.yaml creates it, with a replica on every node."""
    servers = [f"nats://127.0.0.1:{node.client}" for node in cluster]
    command = services["stream"]["entrypoint"][1:]
    here = {
        "/run/stafett": str(layout.folder),
        "nats://nats-1:4222,nats://nats-2:4222,nats://nats-3:4222": ",".join(servers),
    }
    for there, where in here.items():
        command = [word.replace(there, where) for word in command]
    assert main([*command, "police", "migration"]) == 0
    placed = asyncio.run(_placement(servers, layout.administrator))
    assert {placed["leader"], *placed["replicas"]} == {node.name for node in cluster}


def test_a_stranger_is_refused(cluster: list[Node]) -> None:
    """Without credentials from provisioning there is no connection."""
    with pytest.raises(nats.errors.Error):
        asyncio.run(_connect_without_credentials(cluster[0]))


async def _placement(servers: list[str], administrator: Path) -> dict[str, Any]:
    client = await nats.connect(servers, user_credentials=str(administrator))
    try:
        placed = (await client.jetstream().stream_info("CASES")).cluster
    finally:
        await client.close()
    assert placed is not None
    return {"leader": placed.leader, "replicas": [peer.name for peer in placed.replicas or ()]}


async def _connect_without_credentials(node: Node) -> None:
    async def silently(_: Exception) -> None:
        """The refusal is what is expected."""

    client = await nats.connect(
        f"nats://127.0.0.1:{node.client}", allow_reconnect=False, connect_timeout=5, error_cb=silently
    )
    await client.close()
