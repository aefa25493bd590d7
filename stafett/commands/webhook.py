"""Manages the webhooks of a running service, over its own API: `stafett webhook AGENCY ACTION`.

The parser loads nothing but itself, so that `stafett --help` is quick.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_RUN_FILE: Final = "run.json"
_ROLE: Final = "administrator"

Request = tuple[str, tuple[Any, ...], dict[str, Any]]
"""The name of an operation of `stafett.client`, and its arguments."""


def add_webhook(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser("webhook", help="manage the webhooks of an agency's running service")
    parser.add_argument("agency")
    parser.add_argument("--home", type=Path, default=Path(".stafett"), help="the folder of `stafett up`")
    parser.add_argument("--service", metavar="URL", help="the service's address, in place of the folder")
    parser.add_argument("--token-file", type=Path, help="a file with an administrator's token; with --service")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = _action(actions, "create", "have the feed sent to an address; prints the secret once", _create)
    create.add_argument("url")
    create.add_argument("--full", action="store_true", help="send the whole content, over https")
    create.add_argument("--types", default="", help="only these events or kinds, with commas between")
    create.add_argument("--after", help="the position to begin after; '' is the beginning of the feed; else now")
    _action(actions, "list", "print each webhook and how far it has come", lambda _: ("list_webhooks", (), {}))
    for name, operation, purpose, more in (
        ("show", "read_webhook", "print one webhook", {}),
        ("delete", "delete_webhook", "delete it, with what it is owed", {}),
        ("ping", "ping_webhook", "send a test message now", {}),
        ("dead-letters", "list_dead_letters", "print the messages that were given up", {"limit": 100}),
    ):
        _of_one(actions, name, purpose, _plain(operation, more))
    change = _of_one(actions, "change", "change its address, content, types or state", _change)
    change.add_argument("--url")
    change.add_argument("--content", choices=("reference", "full"))
    change.add_argument("--types", help="only these events or kinds, with commas between; '' is all events of cases")
    change.add_argument("--state", choices=("active", "paused"))
    rotate = _of_one(actions, "rotate", "give it a new secret, and print it once", _rotate)
    rotate.add_argument("--overlap-hours", type=int, default=24, help="how long the former secret signs too")
    redeliver = _of_one(actions, "redeliver", "try dead letters again", _redeliver)
    redeliver.add_argument("--number", type=int, help="only this one")


def _action(actions: Any, name: str, purpose: str, request: Callable[[argparse.Namespace], Request]) -> Any:
    parser = actions.add_parser(name, help=purpose)
    parser.set_defaults(run=_run, request=request)
    return parser


def _of_one(actions: Any, name: str, purpose: str, request: Callable[[argparse.Namespace], Request]) -> Any:
    parser = _action(actions, name, purpose, request)
    parser.add_argument("webhook", help="its id")
    return parser


def _plain(operation: str, more: dict[str, Any]) -> Callable[[argparse.Namespace], Request]:
    return lambda options: (operation, (options.webhook,), more)


def _create(options: argparse.Namespace) -> Request:
    content = "full" if options.full else "reference"
    asked = {"url": options.url, "content": content, "types": _listed(options.types), "after": options.after}
    return "create_webhook", (), asked


def _change(options: argparse.Namespace) -> Request:
    types = None if options.types is None else _listed(options.types)
    asked = {"url": options.url, "content": options.content, "types": types, "state": options.state}
    return "change_webhook", (options.webhook,), asked


def _rotate(options: argparse.Namespace) -> Request:
    return "rotate_webhook_secret", (options.webhook,), {"overlap_hours": options.overlap_hours}


def _redeliver(options: argparse.Namespace) -> Request:
    if options.number is None:
        return "redeliver_dead_letters", (options.webhook,), {}
    return "redeliver_dead_letter", (options.webhook, str(options.number)), {}


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


@dataclass(frozen=True)
class _Door:
    """The address of a service, and a token for it."""

    url: str
    token: str

    @classmethod
    def of(cls, options: argparse.Namespace) -> _Door:
        """Raises OSError, ValueError or KeyError when the folder or the file does not have them."""
        if options.service:
            if options.token_file is None:
                raise ValueError("--service needs --token-file")
            return cls(options.service.rstrip("/"), options.token_file.read_text().strip())
        agency = json.loads((options.home / _RUN_FILE).read_text())["agencies"][options.agency]
        return cls(agency["url"], agency["tokens"][_ROLE])


def _run(options: argparse.Namespace) -> int:
    """Ask the service, and print its answer as JSON, a line for each item. 1: it does not answer; 2: it refuses."""
    from stafett import client

    try:
        door = _Door.of(options)
    except (OSError, ValueError, KeyError) as error:
        print(f"no service or token is known here ({type(error).__name__}): {error}", file=sys.stderr)
        return 2
    operation, given, named = options.request(options)
    try:
        with client.SyncClient(door.url, door.token, patience=client.Patience(attempts=1)) as service:
            told = service.do(getattr(client, operation)(*given, **named))
    except client.ServiceProblemError as error:
        print(error, file=sys.stderr)
        return 2
    except client.ClientError as error:
        print(f"the service does not answer ({error})", file=sys.stderr)
        return 1
    for each in getattr(told, "items", (told,)):
        print(each.model_dump_json())
    return 0
