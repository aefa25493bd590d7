"""One bus per folder: who works in it holds its locks, and brokers that outlive a killed run are ended."""

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
    """The lock of a folder's brokers. Those that a killed run left behind are ended.

    AlreadyRunningError names those that do not end in time.
    """
    deadline = time.monotonic() + _END_WITHIN
    while (held := lock(folder / "broker.lock")) is None:
        # Somebody holds the lock, so some of these process ids are still those of its brokers.
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
    """End the brokers when the process that started them is gone without having done so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the process that started us
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        with suppress(AlreadyRunningError):
            os.close(broker_lock(folder))
