"""Asks a running service over its own API, for the commands of its administrators.

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
_TIMEOUT: Final = 30.0

Request = tuple[str, str, dict[str, Any] | None]
"""A method, a path after the resource, and a body or None."""
RequestOf = Callable[[argparse.Namespace], Request]


@dataclass(frozen=True)
class ResourceActions:
    """The actions of a command on one resource. `what`: the name of the argument that names one of its items."""

    parsers: Any
    resource: str
    what: str

    @classmethod
    def of(cls, commands: Any, command: str, purpose: str, *, resource: str) -> ResourceActions:
        """Add the command to the parser's commands."""
        parser = commands.add_parser(command, help=purpose)
        parser.add_argument("agency")
        parser.add_argument("--home", type=Path, default=Path(".stafett"), help="the folder of `stafett up`")
        parser.add_argument("--service", metavar="URL", help="the service's address, in place of the folder")
        parser.add_argument("--token-file", type=Path, help="a file with an administrator's token; with --service")
        return cls(parser.add_subparsers(required=True, metavar="ACTION"), resource, command)

    def add(self, name: str, purpose: str, request: RequestOf) -> argparse.ArgumentParser:
        """Add an action on all items."""
        parser: argparse.ArgumentParser = self.parsers.add_parser(name, help=purpose)
        parser.set_defaults(run=_run, request=request, resource=self.resource)
        return parser

    def add_to_one(self, name: str, purpose: str, request: RequestOf, says: str) -> argparse.ArgumentParser:
        """Add an action on one item. `says`: the help of the argument that names it."""

        def to_one(options: argparse.Namespace) -> Request:
            method, path, body = request(options)
            return method, f"/{vars(options)[self.what]}{path}", body

        parser = self.add(name, purpose, to_one)
        parser.add_argument(self.what, help=says)
        return parser


def plain(method: str, path: str, body: dict[str, Any] | None = None) -> RequestOf:
    """A request that needs no option."""
    return lambda options: (method, path, body)


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
    import httpx

    try:
        door = _Door.of(options)
    except (OSError, ValueError, KeyError) as error:
        print(f"no service or token is known here ({type(error).__name__}): {error}", file=sys.stderr)
        return 2
    method, path, body = options.request(options)
    url, headers = f"{door.url}/v1/{options.resource}{path}", {"Authorization": f"Bearer {door.token}"}
    try:
        answer = httpx.request(method, url, json=body, headers=headers, timeout=_TIMEOUT, trust_env=False)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        print(f"the service does not answer ({type(error).__name__})", file=sys.stderr)
        return 1
    if not answer.is_success:
        print(_problem(told), file=sys.stderr)
        return 2
    for each in told.get("items", [told]):
        print(json.dumps(each, ensure_ascii=False))
    return 0


def _problem(told: dict[str, Any]) -> str:
    lines = [f"{told.get('title')}: {told.get('detail')}"]
    lines += [
        f"  {each.get('pointer') or each.get('parameter')}: {each['text']['en']}" for each in told.get("errors", ())
    ]
    return "\n".join(lines)
