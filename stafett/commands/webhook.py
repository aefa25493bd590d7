"""Manages the webhooks of a running service, by `stafett.client`: `stafett webhook AGENCY ACTION`."""

from __future__ import annotations

import argparse
from typing import Any, Final

from stafett.commands.service_door import Request, ResourceActions, plain

_ID: Final = "its id"


def add_webhook(commands: Any) -> None:
    """Add the command to the parser's commands."""
    actions = ResourceActions.of(commands, "webhook", "manage the webhooks of an agency's running service")
    create = actions.add("create", "have the feed sent to an address; prints the secret once", _create)
    create.add_argument("url")
    create.add_argument("--full", action="store_true", help="send the whole content, over https")
    create.add_argument("--types", default="", help="only these events or kinds, with commas between")
    create.add_argument("--after", help="the position to begin after; '' is the beginning of the feed; else now")
    actions.add("list", "print each webhook and how far it has come", plain("list_webhooks"))
    for name, request, purpose in (
        ("show", plain("read_webhook"), "print one webhook"),
        ("delete", plain("delete_webhook"), "delete it, with what it is owed"),
        ("ping", plain("ping_webhook"), "send a test message now"),
        ("dead-letters", plain("list_dead_letters", limit=100), "print the messages that were given up"),
    ):
        actions.add_to_one(name, purpose, request, _ID)
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
    content = "full" if options.full else "reference"
    asked = {"url": options.url, "content": content, "types": _listed(options.types), "after": options.after}
    return "create_webhook", (), asked


def _change(options: argparse.Namespace) -> Request:
    types = None if options.types is None else _listed(options.types)
    return (
        "change_webhook",
        (),
        {
            "url": options.url,
            "content": options.content,
            "types": types,
            "state": options.state,
        },
    )


def _rotate(options: argparse.Namespace) -> Request:
    return "rotate_webhook_secret", (), {"overlap_hours": options.overlap_hours}


def _redeliver(options: argparse.Namespace) -> Request:
    if options.number is None:
        return "redeliver_dead_letters", (), {}
    return "redeliver_dead_letter", (str(options.number),), {}


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part]
