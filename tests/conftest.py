"""Lets several workers run the tests at once: each has its own ports, and none waits long for another."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

import pytest
from harness.examples import register_profiles

_FIRST_PORT, _PORTS = 20_000, 12_000  # below those that systems give to outgoing connections
register_profiles()

_SLOW = ("system", "findings", "bus", "gateway")

if "PYTEST_XDIST_WORKER" in os.environ:
    _worker, _workers = int(os.environ["PYTEST_XDIST_WORKER"][2:]), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    _each = _PORTS // _workers
    _first = _FIRST_PORT + _worker * _each
    os.environ["STAFETT_FREE_PORTS"] = f"{_first}-{_first + _each - 1}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow folders come first, so that at the end no worker waits long for another."""
    items.sort(key=lambda item: _SLOW.index(item.path.parent.name) if item.path.parent.name in _SLOW else len(_SLOW))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not look through it after each test."""
    gc.collect()
    gc.freeze()


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
