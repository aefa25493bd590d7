"""The command `stafett`: run the whole bus here, play its sample cases, serve one agency, replay or verify a store.

The file has over 250 lines because it is the one list of the commands and their options.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from stafett.commands.subscriber import add_subscriber
from stafett.commands.webhook import add_webhook

_HOME = "the folder of `stafett up`; left out: what STAFETT_HOME and STAFETT_ROOT say, or .stafett"
_OWN = ("bus", "contracts", "gateway", "services", "stafett")
_REASONS = ("key-lost", "misuse", "mandate-ended", "at-own-request", "other")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    0: done; 1: failed, or a broker does not answer; 2: the operator must correct something; 130: interrupted; 141: the
    reader of the output has closed it.
    `arguments`: None: those of the process.
    """
    options = _parser().parse_args(arguments)
    if options.run == _up:
        print(f"Starting Stafett in {options.home}", flush=True)  # loading the libraries takes a second
    from bus.errors import BrokerAwayError
    from contracts.errors import StafettError

    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in _OWN:
            raise
        print(f"{error.name} is not installed. Install the server: pip install 'stafett[server]'", file=sys.stderr)
        return 2
    except BrokerAwayError as error:
        print(error, file=sys.stderr)
        return 1
    except StafettError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe: leave nothing to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stafett", description=(__doc__ or "").partition("\n\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start everything here, play the sample cases, stay until Ctrl-C")
    up.add_argument("--home", type=Path, default=Path(".stafett"), help="the folder that keeps everything")
    up.add_argument("--first-port", type=int, default=8101, help="where the services listen, if free; 0: anywhere")
    up.add_argument("--steps", action="store_true", help="print each step of the sample cases")
    up.set_defaults(run=_up)

    demo = commands.add_parser("demo", help="play the sample cases in a temporary folder, then exit")
    demo.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    demo.add_argument("--keep", action="store_true", help="leave the folder, and name it in the report")
    demo.add_argument("--steps", action="store_true", help="print each step of the sample cases")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="run one agency's service, configured by STAFETT_* variables")
    serve.add_argument("agency", help="such as police, or municipality-0180")
    serve.set_defaults(run=_serve)

    provision = commands.add_parser("provision", help="create keys, credentials, directory and stream of a bus")
    provision.add_argument("agencies", nargs="+", help="the agencies to admit")
    provision.add_argument("--directory", type=Path, required=True, help="the folder to provision")
    provision.add_argument("--nats-url", default="", help="comma-separated; with it, the stream is created too")
    names = "a broker, and by which names others reach it; once for each"
    provision.add_argument("--broker", action="append", default=[], metavar="NAME[,NAME…]", help=names)
    provision.add_argument("--replicas", type=int, default=3, help="copies of the stream in the cluster")
    provision.add_argument(
        "--log-limit", type=int, metavar="GIB", help="what the log may hold; else 3/4 of what every broker can"
    )
    provision.add_argument("--new-vault", action="store_true", help="where vault.key is lost and the store is empty")
    provision.add_argument("--readmit", action="store_true", help="these agencies may connect again, as new users")
    provision.set_defaults(run=_provision)

    revoke = commands.add_parser("revoke", help="cut agencies off from the running brokers, until they are readmitted")
    revoke.add_argument("agencies", nargs="+")
    revoke.add_argument("--directory", type=Path, required=True, help="the folder that was provisioned")
    revoke.add_argument("--nats-url", required=True, help="the brokers, comma-separated")
    revoke.set_defaults(run=_revoke)

    program = commands.add_parser("program", help="let a further program of an agency connect beside its service")
    program.add_argument("agency")
    program.add_argument("name", help="the program's name; no other program of the agency may have it")
    program.add_argument("--end", action="store_true", help="end its access")
    suspend = commands.add_parser("suspend", help="suspend an agency for good: in the directory and at the brokers")
    suspend.add_argument("agency")
    suspend.add_argument("--reason", choices=_REASONS, default="other", help="as the directory says it to all")
    rotate = commands.add_parser("rotate-keys", help="give an agency new keys; its service takes them up at restart")
    rotate.add_argument("agency")
    rotate.add_argument("--signing", action="store_true", help="only the key that it signs with")
    rotate.add_argument("--sealing", action="store_true", help="only the key that others seal to")
    for command, run in ((program, _program), (suspend, _suspend), (rotate, _rotate_keys)):
        command.add_argument("--directory", type=Path, required=True, help="the folder that was provisioned")
        command.add_argument("--nats-url", required=True, help="the brokers, comma-separated")
        command.set_defaults(run=run)

    guard = commands.add_parser("guard", help="keep out for a while whoever floods the brokers, until Ctrl-C")
    guard.add_argument("--directory", type=Path, required=True, help="the folder that was provisioned")
    guard.add_argument("--nats-url", required=True, help="the brokers, comma-separated")
    guard.add_argument("--most", type=int, default=1000, help="messages a second that one agency may send, lasting")
    guard.add_argument("--alive", type=Path, metavar="FILE", help="a file to touch each time that it has counted")
    guard.set_defaults(run=_guard)

    vault = commands.add_parser(
        "rotate-vault", help="replace the key that wraps all others in a store; stop its service first"
    )
    vault.add_argument("agency")
    vault.set_defaults(run=_rotate_vault)
    rebuild = commands.add_parser(
        "rebuild", help="rebuild the lists and tallies of an agency's store from its events; stop its service first"
    )
    rebuild.add_argument("agency")
    rebuild.set_defaults(run=_rebuild)
    private = commands.add_parser(
        "private-broker", help="print the accounts for an agency's own nats-server, and make the keys of its systems"
    )
    private.add_argument("agency")
    private.set_defaults(run=_private_broker)
    directory = commands.add_parser("directory", help="print who is on the bus, as an agency's store has it")
    directory.add_argument("agency", nargs="?", default="coordinator")
    directory.add_argument("--json", action="store_true", help="print a JSON array")
    directory.set_defaults(run=_directory)

    statistics = commands.add_parser("statistics", help="print the yearly report on victims, without small numbers")
    statistics.add_argument("year", type=int, help="the calendar year")
    statistics.add_argument("--csv", dest="form", action="store_const", const="csv", help="print CSV")
    statistics.add_argument("--json", dest="form", action="store_const", const="json", help="print JSON, a row a line")
    statistics.add_argument(
        "--add", nargs="+", type=Path, metavar="FILE", help="add these agencies' counts to the coordinator's own cases"
    )
    statistics.set_defaults(run=_statistics)
    for command in (vault, rebuild, private, directory, statistics):
        command.add_argument("--home", type=Path, help=_HOME)

    add_webhook(commands)
    add_subscriber(commands)

    for name, purpose in (
        ("replay", "fold every case in an agency's store again, and print its version and digest"),
        ("verify", "check every envelope, signature, duty and chain in an agency's store"),
    ):
        audit = commands.add_parser(name, help=purpose)
        audit.add_argument("agency")
        audit.add_argument("--home", type=Path, help=_HOME)
        audit.add_argument("--case", help="only this case")
        audit.add_argument("--json", action="store_true", help="print JSON, one object a line")
        audit.set_defaults(run=_audit, audit=name)
        if name == "replay":
            _add_replay(audit)
    return parser


def _add_replay(replay: argparse.ArgumentParser) -> None:
    moment = "a version, such as 7, or a moment such as 2026-11-27T12:00:00+01:00"
    replay.add_argument("--at", metavar="MOMENT", help=f"with --case: {moment}")
    replay.add_argument("--as", dest="as_agency", metavar="AGENCY", help="with --case: as this agency could read it")
    replay.add_argument("--from", dest="first", metavar="MOMENT", help="with --case: what differs since then")
    replay.add_argument("--to", dest="last", metavar="MOMENT", help="the moment up to which it is compared")
    replay.add_argument("--ruleset", metavar="ID", help="with --case: judge each event by this ruleset too")
    replay.add_argument("--language", choices=("en", "sv"), default="en", help="of what is printed for a person")


# Each command imports its own modules, so that `stafett --help` loads no web server.


def _up(options: argparse.Namespace) -> int:
    from stafett.commands.up import up

    return up(options.home, options.first_port, steps=options.steps)


def _demo(options: argparse.Namespace) -> int:
    from stafett.commands.demo import demo

    return demo(as_json=options.json, keep=options.keep, steps=options.steps)


def _serve(options: argparse.Namespace) -> int:
    from stafett.service.serving import serve

    serve(options.agency)
    return 0


def _provision(options: argparse.Namespace) -> int:
    from stafett.commands.provision import provision_bus

    servers = _servers(options)
    brokers = {names[0]: names for names in (text.split(",") for text in options.broker)}
    provision_bus(
        options.directory,
        options.agencies,
        servers,
        options.replicas,
        brokers,
        readmit=options.readmit,
        new_vaults=options.new_vault,
        log_bytes=options.log_limit * 1024**3 if options.log_limit else None,
    )
    return 0


def _revoke(options: argparse.Namespace) -> int:
    from stafett.commands.access import end_access

    return end_access(options.directory, options.agencies, _servers(options))


def _program(options: argparse.Namespace) -> int:
    from stafett.commands.access import program_access

    return program_access(options.directory, options.agency, options.name, _servers(options), end=options.end)


def _suspend(options: argparse.Namespace) -> int:
    from contracts.directory.events import SuspensionReason
    from stafett.commands.access import suspend_agency

    return suspend_agency(options.directory, options.agency, _servers(options), SuspensionReason(options.reason))


def _guard(options: argparse.Namespace) -> int:
    from stafett.commands.guard import guard

    return guard(options.directory, _servers(options), options.most, options.alive)


def _rotate_keys(options: argparse.Namespace) -> int:
    from stafett.commands.access import rotate_keys

    chosen = {"signing": options.signing, "sealing": options.sealing}
    return rotate_keys(options.directory, options.agency, _servers(options), **chosen)


def _servers(options: argparse.Namespace) -> list[str]:
    return [part for part in options.nats_url.split(",") if part]


def _rotate_vault(options: argparse.Namespace) -> int:
    from stafett.commands.vault import rotate_vault

    return rotate_vault(options.home, options.agency)


def _rebuild(options: argparse.Namespace) -> int:
    from stafett.commands.rebuild import rebuild

    return rebuild(options.home, options.agency)


def _private_broker(options: argparse.Namespace) -> int:
    from stafett.commands.private_broker import private_broker

    return private_broker(options.home, options.agency)


def _directory(options: argparse.Namespace) -> int:
    from stafett.commands.members import members

    return members(options.home, options.agency, as_json=options.json)


def _statistics(options: argparse.Namespace) -> int:
    from stafett.commands.statistics import statistics

    return statistics(options.home, options.year, options.form, options.add)


def _audit(options: argparse.Namespace) -> int:
    from stafett.commands import audit
    from stafett.commands.replaying import Options

    if options.audit == "verify":
        return audit.verify(options.home, options.agency, options.case, as_json=options.json)
    names = ("at", "as_agency", "first", "last", "ruleset")
    wishes = {name: getattr(options, name) for name in names}
    if options.case is None and any(wishes.values()):
        print("say which case: --case CASE", file=sys.stderr)
        return 2
    asked = Options(**wishes, language=options.language)
    return audit.replay(options.home, options.agency, options.case, asked, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
