"""The modules that programs outside import: every example runs, every event is there, and they are light and typed."""

from __future__ import annotations

import doctest
import subprocess
import sys
from importlib import import_module
from importlib.resources import files

import pytest

import stafett
import stafett.client
import stafett.events
import stafett.feed
import stafett.mandate
import stafett.subscribing
import stafett.testing
from contracts.event.case_event import EVENTS

_CLIENT = ["stafett.client", "stafett.client.positions", "stafett.client.webhooks"]
_OTHERS = ["stafett.events", "stafett.feed", "stafett.mandate", "stafett.subscribing", "stafett.testing"]
_DOOR = ["stafett", *_CLIENT, *_OTHERS]


@pytest.mark.parametrize("name", _DOOR)
def test_its_examples_run(name: str) -> None:
    """Each docstring has some, and they print what they say."""
    outcome = doctest.testmod(import_module(name))
    assert outcome.attempted
    assert outcome.failed == 0


@pytest.mark.parametrize("name", _DOOR)
def test_all_that_is_promised_is_there(name: str) -> None:
    """Each public name can be had, and nothing else is given out lazily."""
    module = import_module(name)
    assert all(hasattr(module, public) for public in module.__all__)
    assert not hasattr(module, "nothing_of_this_name")
    assert set(module.__all__) <= set(dir(module))


def test_every_event_is_behind_it() -> None:
    """A new event is added to stafett.events too."""
    assert {event.__name__ for event in EVENTS.values()} <= set(stafett.events.__all__)


def test_it_is_typed() -> None:
    """Every package that is installed says that it carries its types."""
    packages = ["bus", "contracts", "gateway", "services", "stafett"]
    assert [name for name in packages if not (files(name) / "py.typed").is_file()] == []


def test_the_internal_rooms_say_so() -> None:
    """Who looks into one is sent to the door."""
    for name in ("bus", "contracts", "gateway", "services"):
        assert "internal" in str(import_module(name).__doc__), name


def test_the_command_line_begins_without_loading_an_event() -> None:
    """`import stafett` and the parser cost next to nothing."""
    program = (
        "import sys, stafett.commands.main; print([n for n in sys.modules if n.startswith(('contracts', 'pydantic'))])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
