"""Manages the webhooks of a running service, over its own API: `stafett webhook AGENCY ACTION`."""

from __future__ import annotations

import argparse
from typing import Any, Final

from stafett.commands.service_door import Request, ResourceActions, plain

_ID: Final = "its id"


def add_webhook(commands: Any) -> None:
    """Add the command to the parser's commands."""
    actions = ResourceActions.of(
        commands, "webhook", "manage the webhooks of an agency's running service", resource="webhooks"
    )
    create = actions.add("create", "have the feed sent to an address; prints the secret once", _create)
    create.add_argument("url")
    create.add_argument("--full", action="store_true", help="send the whole content, over https")
    create.add_argument("--types", default="", help="only these events or kinds, with commas between")
    create.add_argument("--after", help="the position to begin after; '' is the beginning of the feed; else now")
    actions.add("list", "print each webhook and how far it has come", plain("GET", ""))
    for name, method, path, purpose in (
        ("show", "GET", "", "print one webhook"),
        ("delete", "DELETE", "", "delete it, with what it is owed"),
        ("ping", "POST", "/ping", "send a test message now"),
        ("dead-letters", "GET", "/dead-letters?limit=100", "print the messages that were given up"),
    ):
        actions.add_to_one(name, purpose, plain(method, path), _ID)
    change = actions.add_to_one("change", "change its address, content, types or state", _change, _ID)
    change.add_argument("--url")
    change.add_argument("--content", choices=("reference", "full"))
    change.add_argument("--types", help="only these events or kinds, with commas between; '' is all events of cases")
    change.add_argument("--state", choices=("active", "paused"))
    rotate = actions.add_to_one("rotate", "give it a new secret, and print it once", _rotate, _ID)
    rotate.add_argument("--overlap-hours", type=int, default=24, help="how long the former secret signs too")
    redeliver = actions.add_to_one("redeliver", "try dead letters again", _redeliver, _ID)
    redeliver.add_argument("--number", type=int, help="only this one")


def _create(options: argparse.Namespace) -> Request:
    body = {"url": options.url, "content": "full" if options.full else "reference", "types": _listed(options.types)}
    return "POST", "", body | ({} if options.after is None else {"after": options.after})


def _change(options: argparse.Namespace) -> Request:
    types = None if options.types is None else _listed(options.types)
    chosen = {"url": options.url, "content": options.content, "types": types, "state": options.state}
    return "PATCH", "", {name: value for name, value in chosen.items() if value is not None}


def _rotate(options: argparse.Namespace) -> Request:
    return "POST", "/rotate", {"overlap_hours": options.overlap_hours}


def _redeliver(options: argparse.Namespace) -> Request:
    number = "" if options.number is None else f"/{options.number}"
    return "POST", f"/dead-letters{number}/redeliver", None


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part]
