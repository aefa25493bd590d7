"""Asks a running service by `stafett.client`, for the commands of its administrators.

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
RequestOf = Callable[[argparse.Namespace], Request]


@dataclass(frozen=True)
class ResourceActions:
    """The actions of a command on one resource. `resource`: the name of the argument that names one of its items."""

    parsers: Any
    resource: str

    @classmethod
    def of(cls, commands: Any, resource: str, purpose: str) -> ResourceActions:
        """Add the command, which is called as the resource, to the parser's commands."""
        parser = commands.add_parser(resource, help=purpose)
        parser.add_argument("agency")
        parser.add_argument("--home", type=Path, default=Path(".stafett"), help="the folder of `stafett up`")
        parser.add_argument("--service", metavar="URL", help="the service's address, in place of the folder")
        parser.add_argument("--token-file", type=Path, help="a file with an administrator's token; with --service")
        return cls(parser.add_subparsers(required=True, metavar="ACTION"), resource)

    def add(self, name: str, purpose: str, request: RequestOf) -> argparse.ArgumentParser:
        """Add an action on all items."""
        parser: argparse.ArgumentParser = self.parsers.add_parser(name, help=purpose)
        parser.set_defaults(run=_run, request=request)
        return parser

    def add_to_one(self, name: str, purpose: str, request: RequestOf, says: str) -> argparse.ArgumentParser:
        """Add an action on one item. `says`: the help of the argument that names it, the first of the operation."""

        def to_one(options: argparse.Namespace) -> Request:
            operation, given, named = request(options)
            return operation, (vars(options)[self.resource], *given), named

        parser = self.add(name, purpose, to_one)
        parser.add_argument(self.resource, help=says)
        return parser


def plain(operation: str, **named: Any) -> RequestOf:
    """A request that needs no option."""
    return lambda _: (operation, (), named)


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
