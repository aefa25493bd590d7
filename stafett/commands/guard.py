"""Keeps an agency that floods the brokers out for a while: a command for the operator, and a part of `stafett up`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bus.cancellation import cancel_and_wait
from bus.errors import StoreError
from bus.operator.allowance import Allowance
from bus.operator.guard import Guard, Told
from bus.operator.provision import Layout
from stafett.injected import now


def guard(folder: Path, servers: list[str], most: int, alive: Path | None = None) -> int:
    """Watch running brokers until interrupted. Raises StoreError when the folder was not provisioned.

    Args:
        folder: the folder that was provisioned.
        servers: the addresses of the brokers.
        most: messages per second that one agency may send.
        alive: a file to touch after each count, for a supervisor.
    """
    layout = Layout(folder)
    if not layout.broker_trust.exists():
        raise StoreError(f"{folder} was not provisioned")
    print(f"An agency that sends more than {most} messages a second is kept out. Stop with Ctrl-C.", flush=True)
    allowance = Allowance(messages=most, messages_at_once=10 * most)
    counted = alive.touch if alive is not None else _nothing
    asyncio.run(_guard(layout, servers, allowance, _say, counted).run())
    return 0


def _guard(layout: Layout, servers: list[str], allowance: Allowance, told: Told, counted: Callable[[], None]) -> Guard:
    admission = layout.admission(now())
    return Guard(admission, tuple(servers), layout.tls, now=now, told=told, counted=counted, allowance=allowance)


def _nothing() -> None:
    """Do nothing after a count: no supervisor watches this guard."""


def _say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def guarded(layout: Layout, servers: list[str], told: Told = _say) -> Iterator[None]:
    """Watch these brokers in a thread as long as the block lasts."""
    stopping = threading.Event()
    watch = _guard(layout, servers, Allowance(), told, _nothing)
    thread = threading.Thread(target=lambda: asyncio.run(_until(stopping, watch)), daemon=True)
    try:
        thread.start()  # in the try block: a Ctrl-C may come at any moment
        yield
    finally:
        stopping.set()
        if thread.ident is not None:
            thread.join()


async def _until(stopping: threading.Event, watch: Guard) -> None:
    watching = asyncio.create_task(watch.run())
    await asyncio.to_thread(stopping.wait)
    await cancel_and_wait(watching)
