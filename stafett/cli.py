"""The command `stafett`: run the whole bus here, play its sample cases, serve one agency, replay or verify its
store.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stafett", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start everything here, play the sample cases, stay until Ctrl-C")
    up.add_argument("--home", type=Path, default=Path(".stafett"), help="the folder that keeps everything")
    up.add_argument("--first-port", type=int, default=8101, help="where the services listen, if free; 0: anywhere")
    up.set_defaults(run=_up)

    demo = commands.add_parser("demo", help="play the sample cases in a temporary folder, then exit")
    demo.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    demo.add_argument("--keep", action="store_true", help="leave the folder, and name it in the report")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="run one agency's service, configured by STAFETT_* variables")
    serve.add_argument("agency", help="such as police, or municipality-0180")
    serve.set_defaults(run=_serve)

    provision = commands.add_parser("provision", help="create keys, credentials, directory and stream of a bus")
    provision.add_argument("agencies", nargs="+", help="the agencies to admit")
    provision.add_argument("--directory", type=Path, required=True, help="the folder to provision")
    provision.add_argument("--nats-url", default="", help="comma-separated; with it, the stream is created too")
    provision.add_argument(
        "--broker",
        action="append",
        default=[],
        metavar="NAME[,NAME…]",
        help="a broker, and by which names others reach it; once for each",
    )
    provision.add_argument("--replicas", type=int, default=3, help="copies of the stream in the cluster")
    provision.add_argument("--readmit", action="store_true", help="these agencies may connect again, as new users")
    provision.set_defaults(run=_provision)

    revoke = commands.add_parser("revoke", help="cut agencies off from the running brokers, until they are readmitted")
    revoke.add_argument("agencies", nargs="+")
    revoke.add_argument("--directory", type=Path, required=True, help="the folder that was provisioned")
    revoke.add_argument("--nats-url", required=True, help="the brokers, comma-separated")
    revoke.set_defaults(run=_revoke)

    for name, purpose in (
        ("replay", "fold every case in an agency's store again, and print its version and digest"),
        ("verify", "check every envelope, signature, duty and chain in an agency's store"),
    ):
        audit = commands.add_parser(name, help=purpose)
        audit.add_argument("agency")
        audit.add_argument("--home", type=Path, default=Path(".stafett"), help="the folder of `stafett up`")
        audit.add_argument("--case", help="only this case")
        audit.set_defaults(run=_audit, audit=name)
    return parser


# Each command imports what it needs: `stafett --help` should not load a web server.


def _up(options: argparse.Namespace) -> int:
    from stafett.up import up

    return up(options.home, options.first_port)


def _demo(options: argparse.Namespace) -> int:
    from stafett.demo import demo

    return demo(as_json=options.json, keep=options.keep)


def _serve(options: argparse.Namespace) -> int:
    from gateway.auth.settings import TokenSettingsError
    from stafett.serve import serve

    try:
        serve(options.agency)
    except TokenSettingsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _provision(options: argparse.Namespace) -> int:
    from stafett.serve import provision_bus

    servers = [part for part in options.nats_url.split(",") if part]
    brokers = {names[0]: names for names in (text.split(",") for text in options.broker)}
    provision_bus(options.directory, options.agencies, servers, options.replicas, brokers, readmit=options.readmit)
    return 0


def _revoke(options: argparse.Namespace) -> int:
    from stafett.access import end_access

    servers = [part for part in options.nats_url.split(",") if part]
    return end_access(options.directory, options.agencies, servers)


def _audit(options: argparse.Namespace) -> int:
    from stafett import audit

    check = audit.replay if options.audit == "replay" else audit.verify
    return check(options.home, options.agency, options.case)


if __name__ == "__main__":
    sys.exit(main())
