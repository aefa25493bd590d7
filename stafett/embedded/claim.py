"""One bus per folder: a run holds the folder's locks, and ends the brokers that a killed run has left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final

from stafett.service.locking import lock

_END_WITHIN: Final = 10.0


class AlreadyRunningError(RuntimeError):
    """Another Stafett, or its broker, works in this folder. End it first, or choose another folder."""


def broker_lock(folder: Path) -> int:
    """The descriptor of the lock of a folder's brokers. It ends brokers that a killed run has left behind.

    Raises AlreadyRunningError, which names the processes that do not end in time.
    """
    deadline = time.monotonic() + _END_WITHIN
    while (held := lock(folder / "broker.lock")) is None:
        # The lock is held, so at least one broker of the folder runs: these process ids are not all out of date.
        orphans = [int(file.read_text()) for file in folder.glob("broker/**/nats.pid")]
        if time.monotonic() > deadline:
            pids = ", ".join(map(str, orphans))
            raise AlreadyRunningError(f"{folder} is in use by a broker of an earlier run: end the process {pids}")
        for process in orphans:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
        time.sleep(0.05)
    return held


def guard(folder: Path) -> None:
    """Wait until the process that started the brokers has ended, and then end brokers that it has left behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the parent process
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        with suppress(AlreadyRunningError):
            os.close(broker_lock(folder))
