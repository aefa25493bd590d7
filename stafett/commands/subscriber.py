"""Manages the subscribers of a running service, over its own API: `stafett subscriber AGENCY ACTION`."""

from __future__ import annotations

import argparse
from typing import Any, Final

from stafett.commands.service_door import Request, ResourceActions, plain

_NAME: Final = "its name"


def add_subscriber(commands: Any) -> None:
    """Add the command to the parser's commands."""
    actions = ResourceActions.of(commands, "subscriber", "manage the agency's own functions in its running service")
    actions.add("list", "print each subscriber and how far it has come", plain("list_subscribers"))
    for name, said, request in (
        ("show", "print one subscriber", plain("read_subscriber")),
        ("owed", "print what waits for a handler or was given up", plain("list_owed_entries", limit=100)),
        ("pause", "call no handler until it is resumed", plain("change_subscriber", state="paused")),
        ("resume", "go on where it was", plain("change_subscriber", state="active")),
        ("delete", "delete the position of one whose code is gone", plain("delete_subscriber")),
    ):
        actions.add_to_one(name, said, request, _NAME)
    replay = actions.add_to_one("replay", "handle again: all dead letters, if nothing else is named", _replay, _NAME)
    which = replay.add_mutually_exclusive_group()
    which.add_argument("--after", help="everything after this position; '' is the beginning of the feed")
    which.add_argument("--number", type=int, help="only this dead letter")
    skip = actions.add_to_one("skip", "let one entry be, whether it waits or was given up", _skip, _NAME)
    skip.add_argument("--number", type=int, required=True, help="the entry's, as `owed` prints it")


def _replay(options: argparse.Namespace) -> Request:
    return "replay_subscriber", (), {"after": options.after, "number": options.number}


def _skip(options: argparse.Namespace) -> Request:
    return "skip_entry", (), {"number": options.number}
