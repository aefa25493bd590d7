"""One agency's service, configured by its environment."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import holidays.countries.sweden  # noqa: F401 - an import on first use would block the service for half a second

from bus.errors import StoreError
from bus.node import Node
from contracts.sweden.geography import areas, files
from gateway import logs
from gateway.app import create_app
from gateway.serving.server import Server
from gateway.webhooks.target import Sender
from services import mandate_of
from stafett.injected import new_id, now
from stafett.service import telemetry
from stafett.service.locking import lock_folder
from stafett.service.settings import ServiceSettings
from stafett.service.subscribers import found


def read_data(folder: Path) -> areas.Map:
    """The agencies responsible for each area, and contacts, from a folder of data.

    Raises SystemExit, which tells the operator what to correct in the folder.
    """
    try:
        return files.load(folder)
    except (OSError, ValueError) as error:
        raise SystemExit(f"STAFETT_DATA: {folder}: {error}") from None


def serve(agency: str, environment: Mapping[str, str] | None = None) -> None:
    """Run the service until a signal to stop comes, or until the process that started it has ended.

    Args:
        agency: the id of the agency.
        environment: the variables that configure the service; None: those of the process.

    Raises StafettError when a setting, the home or the store is wrong.
    """
    environment = os.environ if environment is None else environment
    settings = ServiceSettings.from_environment(agency, environment)
    logs.configure(agency)
    mandate = mandate_of(agency)
    sweden = read_data(settings.data)
    settings.bus.require_own()
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
        outside=settings.outside,
        private_broker=settings.private_broker,
        sender=Sender(settings.outbound),
        subscribers=found(settings.subscribers),
    )
    server = Server(app, host=settings.host, port=settings.port)
    _share_the_interpreter()
    loop = asyncio.Runner(loop_factory=server.config.get_loop_factory())
    with telemetry.recorded(agency, environment), loop as runner:
        runner.run(_run(server))


def _share_the_interpreter() -> None:
    """Tune the interpreter for a service. A replay then takes a tenth less time, and no more memory.

    Almost no objects here form cycles, so the collector need not scan imports and thousands of cached cases repeatedly.
    The threads that check signatures and commit need the interpreter often and for a short time: they must not wait
    5 ms each time.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    sys.setswitchinterval(0.0005)


async def _run(server: Server) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, lambda: setattr(server, "should_exit", True))
    await server.serve()
