"""Lets several workers run the tests at once: each has its own ports, and none waits long for another."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

import pytest
from harness.examples import register_profiles

_FIRST_PORT, _PORTS = 20_000, 12_000  # below those that systems give to outgoing connections
register_profiles()

_WAITING = ("bus", "system", "findings", "deploy")
"""The folders whose tests wait for other processes more than they compute; that with the longest files comes first."""

_ALONE = 0.15
"""The last of the order, as a share, in which no file waits."""

gc.disable()  # until everything is collected, of which nearly all stays

if "PYTEST_XDIST_WORKER" in os.environ:
    _worker, _workers = int(os.environ["PYTEST_XDIST_WORKER"][2:]), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    _each = _PORTS // _workers
    _first = _FIRST_PORT + _worker * _each
    os.environ["STAFETT_FREE_PORTS"] = f"{_first}-{_first + _each - 1}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait and files that compute take turns, so that no processor idles now and is fought for later.

    Short files that compute come last, so that at the end no worker waits long for another.
    """
    files = dict.fromkeys(item.path for item in items)
    waiting = [path for folder in _WAITING for path in files if path.parent.name == folder]
    computing = [path for path in files if path.parent.name not in _WAITING]
    place = {path: n * (1 - _ALONE) / len(waiting) for n, path in enumerate(waiting)}
    place |= {path: n / len(computing) for n, path in enumerate(computing)}
    items.sort(key=lambda item: place[item.path])


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not look through it after each test."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Nothing is collected while a report is written, whatever garbage the test before has left.

    A report parses source files. Where the collector meanwhile ends a coroutine that raises, its traceback is shown,
    and CPython 3.11 parses for that too: it then gives up the outer parsing (gh-106905), and pytest all other tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
