"""One agency's service, configured by its environment."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import holidays.countries.sweden  # noqa: F401 - found on first use, the calendar would hold a service up for half a second

from bus.agency import Agency
from bus.broker.provision import ONE_BROKER, Layout, provision
from bus.broker.transport import Tls
from bus.errors import StoreError
from bus.members.founding import establish
from bus.node import Node
from bus.sealing.vault import VARIABLE
from bus.settings import BusSettings, store_named_by
from contracts import routing
from gateway import logs
from gateway.app import create_app
from gateway.auth import TokenSettings
from gateway.serving.limits import Limits
from gateway.serving.metrics_door import MetricsDoor
from gateway.serving.server import Server
from gateway.settings import SettingsError
from services import mandate_of
from stafett.claim import lock_folder
from stafett.injected import new_id, now


@dataclass(frozen=True)
class ServiceSettings:
    """A service's place on the bus, where it listens, whose tokens it believes, and how much it lets callers ask."""

    bus: BusSettings
    host: str
    port: int
    tokens: TokenSettings
    data: Path
    limits: Limits
    metrics_door: MetricsDoor

    @classmethod
    def from_environment(cls, agency: str, environment: Mapping[str, str]) -> ServiceSettings:
        """Read the `STAFETT_*` variables. SettingsError says which of them to mend."""
        try:
            return cls._read(agency, environment)
        except KeyError as missing:
            raise SettingsError(f"{missing.args[0]} is not set; docs/deployment.md says what a service needs") from None

    @classmethod
    def _read(cls, agency: str, environment: Mapping[str, str]) -> ServiceSettings:
        bus = BusSettings(
            agency=agency,
            home=Path(environment["STAFETT_HOME"]),
            root=Path(environment["STAFETT_ROOT"]),
            servers=_listed(environment["STAFETT_NATS_URL"]),
            monitors=_listed(environment.get("STAFETT_NATS_MONITOR", "")),
            store=store_named_by(environment),
            secrets={name: value for name, value in environment.items() if name == VARIABLE},
            tls=_tls(environment),
            keeps_time=environment.get("STAFETT_KEEPS_TIME", "") == "true",
        )
        return cls(
            bus=bus,
            host=environment.get("STAFETT_HOST", "127.0.0.1"),
            port=int(environment.get("STAFETT_PORT", "8080")),
            tokens=TokenSettings.from_environment(agency, environment),
            data=Path(environment.get("STAFETT_DATA") or routing.DATA),
            limits=Limits.from_environment(environment),
            metrics_door=MetricsDoor.from_setting(environment.get("STAFETT_METRICS", "")),
        )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def read_data(folder: Path) -> routing.Map:
    """Who is responsible where and whom to call. SystemExit says what the operator has to mend in the folder."""
    try:
        return routing.load(folder)
    except (OSError, ValueError) as error:
        raise SystemExit(f"STAFETT_DATA: {folder}: {error}") from None


def _tls(environment: Mapping[str, str]) -> Tls | None:
    """The files that the environment names; without an authority, those in the agency's home count."""
    ca, *own = (environment.get(f"STAFETT_NATS_{part}") for part in ("CA", "CERT", "KEY"))
    if ca is None:
        return None
    return Tls(Path(ca), *(Path(path) if path else None for path in own))


def serve(agency: str, environment: Mapping[str, str] | None = None) -> None:
    """Run the service until it is told to stop, or until the process that started it is gone."""
    settings = ServiceSettings.from_environment(agency, os.environ if environment is None else environment)
    logs.configure(agency)
    mandate = mandate_of(agency)
    sweden = read_data(settings.data)
    if lock_folder(settings.bus.home) is None:
        raise StoreError(f"another service of {agency} runs in {settings.bus.home}, or its vault is being rotated")
    node = Node(settings.bus, mandate, now=now, new_id=new_id)
    app = create_app(
        node,
        mandate,
        verifier=settings.tokens.verifier(),
        clock=now,
        sweden=sweden,
        limits=settings.limits,
        metrics_door=settings.metrics_door,
    )
    server = Server(app, host=settings.host, port=settings.port)
    _share_the_interpreter()
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_run(server))


def _share_the_interpreter() -> None:
    """Settings of the interpreter that suit a service; a replay takes a tenth less time by them, and no more memory.

    Almost nothing here is cyclic, and the collector need not go through imports and thousands of cached cases again and
    again. Threads that check signatures and commit ask for the interpreter often and need it briefly: they must not
    wait 5 ms each time.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    sys.setswitchinterval(0.0005)


async def _run(server: Server) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, lambda: setattr(server, "should_exit", True))
    await server.serve()


def provision_bus(
    folder: Path,
    agencies: list[str],
    servers: list[str],
    replicas: int,
    brokers: Mapping[str, Iterable[str]],
    *,
    readmit: bool = False,
) -> None:
    """Provision a folder for these agencies and brokers and, given the brokers' addresses, create the streams, admit
    the agencies and tell the brokers who may connect. `readmit`: also those of these agencies that were cut off.
    """
    if readmit:
        admission = Layout(folder).admission(now())
        for agency in agencies:
            admission.readmit(agency)
    mandates = {agency: mandate_of(agency) for agency in agencies}
    layout = provision(folder, mandates, now(), brokers or {ONE_BROKER: ()})
    if servers:
        asyncio.run(_tell(layout, mandates, servers, replicas))


async def _tell(layout: Layout, mandates: Mapping[str, Agency], servers: list[str], replicas: int) -> None:
    await establish(servers, layout, mandates, replicas=replicas, now=now, new_id=new_id)
    await layout.admission(now()).enforce(servers, layout.tls, now())
