"""The operator's commands about one agency on a running bus: cut it off, suspend it, give it new keys."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from bus.errors import BrokerAwayError, StoreError
from bus.operator.provision import Layout, admit_program
from bus.operator.rotating import rotate
from bus.operator.suspending import suspend
from bus.operator.user_registry import revoke
from contracts.directory.events import SuspensionReason
from services import mandate_of
from stafett.injected import new_id, now


def end_access(folder: Path, agencies: list[str], servers: list[str]) -> int:
    """Cut agencies off from the brokers. Returns 0 when every broker that is up has confirmed it for each agency.

    1: a broker does not answer; 2: an agency is not provisioned, or the operator must correct something.
    """
    layout = Layout(folder)

    def revoked() -> None:
        admission = layout.admission(now())
        for agency in agencies:
            confirmed = asyncio.run(revoke(servers, admission, agency, tls=layout.tls, now=now()))
            print(f"{agency}: cut off; {confirmed} brokers confirmed")

    return _provisioned(layout, agencies) or _told(revoked, "run this again, or restart the brokers")


def program_access(folder: Path, agency: str, program: str, servers: list[str], *, end: bool) -> int:
    """Let a further program of an agency connect, or end that. Returns 0 when every broker that is up confirmed it.

    1: a broker does not answer; 2: the agency is not provisioned, or the operator must correct something.
    """
    layout = Layout(folder)

    def changed() -> None:
        if end:
            layout.admission(now()).end_program(agency, program, now())
        else:
            print(admit_program(layout, agency, mandate_of(agency), program, now()))
        confirmed = asyncio.run(layout.admission(now()).enforce(servers, layout.tls, now()))
        how = "may connect no more" if end else "may connect"
        print(f"{agency}, {program}: {how}; {confirmed} brokers confirmed", file=sys.stderr)

    try:
        return _provisioned(layout, [agency]) or _told(changed, "run this again")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


def suspend_agency(folder: Path, agency: str, servers: list[str], reason: SuspensionReason) -> int:
    """Suspend an agency in the directory and at the brokers. Returns 0 when the log and every broker up confirmed it.

    1: a broker does not answer; 2: the agency is not provisioned, or the operator must correct something.
    """
    layout = Layout(folder)

    def suspended() -> None:
        done = asyncio.run(suspend(servers, layout, agency, reason, now=now, new_id=new_id))
        how = "suspended" if done.at_once else "was suspended already"
        print(f"{agency}: {how}; cut off, {done.brokers} brokers confirmed")

    return _provisioned(layout, [agency]) or _told(suspended, "run this again")


def rotate_keys(folder: Path, agency: str, servers: list[str], *, signing: bool, sealing: bool) -> int:
    """Give an agency new keys; of both kinds unless `signing` or `sealing` selects one.

    Returns 0 when the keys are in the log and in the agency's home; 1: a broker does not answer; 2: the agency is not
    provisioned, or the operator must correct something.
    """
    layout = Layout(folder)
    both = not (signing or sealing)

    def rotated() -> None:
        kinds = {"signing": signing or both, "sealing": sealing or both}
        fresh = asyncio.run(rotate(servers, layout, agency, **kinds, now=now, new_id=new_id))
        how = "has new keys" if fresh else "has the new keys that an earlier run had begun with"
        print(f"{agency}: {how}; restart its service")

    return _provisioned(layout, [agency]) or _told(rotated, "run this again")


def _provisioned(layout: Layout, agencies: list[str]) -> int:
    if unknown := sorted(agency for agency in agencies if not layout.home(agency).exists()):
        print(f"not provisioned in {layout.folder}: {', '.join(unknown)}", file=sys.stderr)
        return 2
    return 0


def _told(command: Callable[[], None], advice: str) -> int:
    try:
        command()
    except BrokerAwayError as error:
        print(f"{error}: {advice}", file=sys.stderr)
        return 1
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
