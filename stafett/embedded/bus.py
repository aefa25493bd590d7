"""The whole bus on one machine: a broker and a service per agency, as child processes over one folder.

The folder keeps everything; a new start over the same folder finds everything as it was. The file has over 250 lines
because it is one class, which must end everything that it starts, in the reverse order.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import secrets
import sys
from collections.abc import Iterable, Mapping
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bus.mandate import Mandate
from bus.operator.bootstrap import establish
from bus.operator.private_broker import SYSTEMS_KEY
from bus.operator.provision import ONE_BROKER, Layout, provision
from contracts.errors import StafettError
from contracts.sweden.geography.regions import CoordinatorRegion, coordinator_of
from contracts.vocabulary.agencies import NO_PERSON, Role
from gateway.auth.development import DEVELOPMENT, DevelopmentIssuer
from services import mandate_of
from stafett.embedded import claim
from stafett.embedded.broker import Broker, free_port
from stafett.embedded.private_broker import PrivateServer
from stafett.embedded.readiness import Trouble, last_words, settle, trouble_at
from stafett.injected import new_id, now
from stafett.service.locking import lock

FIVE: Final = ("police", "migration", "municipality", "ngo", "coordinator")
DEFAULT: Final = (
    *FIVE,
    "iom",
    "prosecutor",
    "region",
    "labour-inspectorate",
    "tax",
    "foreign-partner",
    "legal-counsel",
    "court",
    "crime-victim-authority",
    "chief-guardian",
    "employment-service",
    "auditor",
    "ngo-plattformen",
    *(coordinator_of(region) for region in CoordinatorRegion),
)
_TOKEN_LIFETIME: Final = timedelta(days=30)

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    # Import once what every service will import later anyway.
    [
        "stafett.service.serving",
        "stafett.embedded.claim",
        "services.practice.referrals",
        "bus.store.sqlite",
        "pydantic.v1",
        "anyio._backends._asyncio",
    ]
)


class Embedded:
    """A running bus over a folder. It is a context manager: on leaving, it ends every process that it started.

    When this process is killed, the services end by themselves and a guard process ends the brokers.

    Args:
        folder: the folder that keeps everything.
        agencies: the agencies on the bus.
        ports: fixed HTTP ports by agency; the other agencies and the brokers get free ports.
        store: the variables of eventsourcing by agency; an agency that is not named uses SQLite.
        brokers: how many brokers to start; more than one form a cluster.
        keeps_time: True: the services' clocks run, so that deadlines before the machine's date end at once.
        required: True: `start` fails unless every agency becomes ready.
        private: True: the agencies' own systems have their private subjects, on a server of their own.
    """

    def __init__(
        self,
        folder: Path,
        agencies: Iterable[str] = DEFAULT,
        *,
        ports: Mapping[str, int] | None = None,
        store: Mapping[str, Mapping[str, str]] | None = None,
        brokers: int = 1,
        keeps_time: bool = False,
        required: bool = True,
        private: bool = False,
    ) -> None:
        self.folder = folder
        self.agencies = tuple(agencies)
        self.layout = Layout(folder)
        self.ports = {agency: (ports or {}).get(agency) or free_port() for agency in self.agencies}
        self.brokers = self._planned_brokers(brokers)
        self.services: dict[str, ForkServerProcess] = {}
        self._store = store or {}
        self._keeps_time = keeps_time
        self._required = required
        self._with_private = private
        self.private_server: PrivateServer | None = None
        self.not_ready: dict[str, str] = {}
        self.notes: list[str] = []
        self._issuer: DevelopmentIssuer | None = None
        self._guard: ForkServerProcess | None = None
        self._lock: int | None = None
        self._broker_lock: int | None = None

    def _planned_brokers(self, count: int) -> list[Broker]:
        trust = self.layout.broker_trust
        if count == 1:
            own = self.layout.broker_certificates(ONE_BROKER)
            return [Broker(self.folder / "broker", trust, certificates=own)]
        routes = tuple(free_port() for _ in range(count))
        return [
            Broker(
                self.folder / "broker" / name,
                trust,
                name=name,
                cluster=(route, routes),
                certificates=self.layout.broker_certificates(name),
            )
            for name, route in ((f"node-{number}", route) for number, route in enumerate(routes, 1))
        ]

    @property
    def broker(self) -> Broker:
        """The only broker, or the first of a cluster."""
        return self.brokers[0]

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything, and return when every service is ready.

        When not all are `required`, return when every service is ready or cannot become so; `not_ready` names those.
        Raises TimeoutError when a required service is not ready in time, and claim.AlreadyRunningError when the folder
        is in use.
        """
        self.prepare()
        self._guard = _processes.Process(target=claim.guard, args=(self.folder,), daemon=True)
        self._guard.start()
        self.start_brokers()
        if self._with_private:
            self.start_private_server()
        for agency in self.agencies:
            self.start_service(agency)
        if self._required:
            self.wait_until_ready()
        else:
            self.settle()

    def prepare(self) -> None:
        """Lock the folder and provision it. Raises claim.AlreadyRunningError when it is in use."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = lock(self.folder / "lock")
        if self._lock is None:
            raise claim.AlreadyRunningError(
                f"{self.folder} is in use by a running Stafett: end that one, or choose another"
            )
        self._broker_lock = claim.broker_lock(self.folder)
        ensure_running()  # the fork server imports modules for the services in the meantime
        brokers = {broker.name: () for broker in self.brokers}
        provision(self.folder, self._mandates(), now(), brokers, self.notes.append)
        self.layout.admission(now()).release(now())
        self._issuer = DevelopmentIssuer.load_or_create(self.folder / "issuer", issuer=DEVELOPMENT)

    def start_brokers(self) -> None:
        """Start the broker or the cluster, create the streams, and admit the agencies."""
        for broker in self.brokers:
            self.start_broker(broker)
        for broker in self.brokers:
            broker.wait_until_healthy()
        servers = [broker.url for broker in self.brokers]
        replicas = len(self.brokers)
        asyncio.run(
            establish(
                servers,
                self.layout,
                self._mandates(),
                replicas=replicas,
                now=now,
                new_id=new_id,
                told=self.notes.append,
            )
        )

    def _mandates(self) -> dict[str, Mandate]:
        return {agency: mandate_of(agency) for agency in self.agencies}

    def start_broker(self, broker: Broker | None = None) -> None:
        """Start one broker; None: the first. It holds the brokers' lock, so that no other run opens the same log."""
        (broker or self.broker).start(keep_open=(self._broker_lock,) if self._broker_lock is not None else ())

    def start_private_server(self) -> None:
        """Start the server of the agencies' private subjects, or start it again; the services connect by themselves."""
        if self.private_server is None:
            homes = {agency: self.layout.home(agency) for agency in self.agencies}
            self.private_server = PrivateServer.over(self.folder / "broker" / "private", homes, self.notes.append)
        self.start_broker(self.private_server)

    def environment(self, agency: str) -> dict[str, str]:
        """The variables that configure an agency's service."""
        return {
            "STAFETT_HOME": str(self.layout.home(agency)),
            "STAFETT_ROOT": str(self.layout.root),
            "STAFETT_NATS_URL": ",".join(broker.url for broker in self.brokers),
            "STAFETT_NATS_MONITOR": ",".join(broker.monitor for broker in self.brokers),
            "STAFETT_PORT": str(self.ports[agency]),
            "STAFETT_ANSWER_ADDRESS": f"http://127.0.0.1:{self.ports[agency]}",
            "STAFETT_JWKS": str(self.issuer.jwks),
            "STAFETT_ISSUER": DEVELOPMENT,
            "STAFETT_DEVELOPMENT_ISSUER": "true",
            "STAFETT_KEEPS_TIME": "true" if self._keeps_time else "false",
            "STAFETT_PRIVATE_BROKER": self.private_server.url if self.private_server is not None else "",
            "STAFETT_WEBHOOK_NETWORKS": "public,127.0.0.0/8,::1/128",
            **self._store.get(agency, {}),
        }

    @property
    def issuer(self) -> DevelopmentIssuer:
        """The issuer of the development tokens. Raises RuntimeError before `prepare`."""
        if self._issuer is None:
            raise RuntimeError("not prepared yet")
        return self._issuer

    def start_service(self, agency: str) -> None:
        """Start one agency's service; its log goes to a file in its folder."""
        process = _processes.Process(
            target=_serve,
            args=(agency, self.environment(agency), self.layout.home(agency) / "service.log"),
            daemon=True,
        )
        process.start()
        self.services[agency] = process

    def url(self, agency: str) -> str:
        """The address of an agency's service."""
        return f"http://127.0.0.1:{self.ports[agency]}"

    def token(self, agency: str, *roles: str) -> str:
        """A development token for somebody at the agency with these roles."""
        return self.issuer.issue(agency, f"{roles[0]}@{agency}", roles, _TOKEN_LIFETIME)

    def roles(self, agency: str) -> tuple[str, ...]:
        """The roles that the agency's mandate knows, the auditor's, and the administrator's."""
        mandate = mandate_of(agency)
        issuing = {Role.CASEWORKER, *mandate.roles.values(), *mandate.directory_roles.values()} - NO_PERSON
        return (*sorted(issuing), "auditor", "administrator")

    def wait_until_ready(self, within: float = 60.0) -> None:
        """Return when every service is ready.

        Raises TimeoutError after `within` seconds; it names the services that are not ready, and why.
        """
        self.settle(within)
        if self.not_ready:
            raise TimeoutError("; ".join(f"{agency}: {why}" for agency, why in self.not_ready.items()))

    def settle(self, within: float = 60.0) -> None:
        """Wait until every service is ready or cannot become so by waiting, at most `within` seconds.

        On return `not_ready` has the services that are not ready, each with the reason.
        """
        suspended = self.layout.admission(now()).register.suspended

        def trouble(agency: str) -> Trouble | None:
            if not self.services[agency].is_alive():
                return Trouble(last_words(self.layout.home(agency) / "service.log"), for_good=True)
            if agency in suspended:
                return Trouble("it is cut off from the brokers; its service runs, and shows what it has", for_good=True)
            return trouble_at(self.url(agency))

        self.not_ready = settle(self.services, trouble, within)

    def run_file(self) -> dict[str, Any]:
        """The data with which a script or another program joins: addresses, development tokens, broker credentials."""
        return {
            "agencies": {
                agency: {
                    "url": self.url(agency),
                    "tokens": {role: self.token(agency, role) for role in self.roles(agency)},
                }
                for agency in self.agencies
            },
            "broker": {
                "url": self.broker.url,
                "ca": str(self.layout.ca),
                "credentials": {agency: str(self.layout.home(agency) / "broker.creds") for agency in self.agencies},
            },
            **self._private(),
        }

    def _private(self) -> dict[str, Any]:
        if self.private_server is None:
            return {}
        keys = {agency: str(self.layout.home(agency) / SYSTEMS_KEY) for agency in self.agencies}
        return {"private": {"url": self.private_server.url, "keys": keys}}

    def write_run_file(self) -> Path:
        """Write the run file so that only its owner may read it; returns its path."""
        path = self.folder / "run.json"
        partial = self.folder / f".run.{secrets.token_hex(4)}"
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self.run_file(), file, indent=2)
        partial.replace(path)
        return path

    def stop(self) -> None:
        """End the services, then the brokers, and release the folder."""
        for process in self.services.values():
            process.terminate()
        for process in self.services.values():
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()
        self.services.clear()
        for broker in (*self.brokers, *([self.private_server] if self.private_server else [])):
            broker.stop()
        if self._guard is not None:
            self._guard.kill()
            self._guard.join()
            self._guard = None
        for held in (self._broker_lock, self._lock):
            if held is not None:
                os.close(held)
        self._lock = self._broker_lock = None


def _serve(agency: str, environment: dict[str, str], output: Path) -> None:
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    from stafett.service.serving import serve

    try:
        serve(agency, environment)
    except StafettError as error:
        sys.exit(f"{agency}: {error}")
