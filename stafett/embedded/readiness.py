"""Tells which services of a bus are ready, and why the others are not."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError


@dataclass(frozen=True)
class Trouble:
    """The reason why a service is not ready. `for_good`: True: waiting does not help."""

    why: str
    for_good: bool = False


def settle(agencies: Iterable[str], trouble: Callable[[str], Trouble | None], within: float) -> dict[str, str]:
    """Wait until every agency's service is ready or cannot become so by waiting, at most `within` seconds.

    Args:
        agencies: the agencies to wait for.
        trouble: returns the trouble of an agency's service, or None when it is ready.
        within: the longest wait, in seconds.

    Returns the agencies whose services are not ready, each with the reason.
    """
    deadline = time.monotonic() + within
    waiting, given_up = dict.fromkeys(agencies, "it does not answer"), dict[str, str]()
    while waiting and time.monotonic() < deadline:
        for agency in tuple(waiting):
            found = trouble(agency)
            if found is None or found.for_good:
                del waiting[agency]
            if found is not None:
                (given_up if found.for_good else waiting)[agency] = found.why
        time.sleep(0.02)
    return given_up | waiting


def trouble_at(url: str) -> Trouble | None:
    """The trouble that a service at an address reports, or None when it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=1):  # noqa: S310 - loopback
            return None
    except HTTPError as error:
        try:
            said = json.loads(error.read())
        except (OSError, ValueError):
            return Trouble("it is not ready")
        parts = [str(said[name]) for name in ("agency", "store", "replica", "broker") if said.get(name)]
        return Trouble("; ".join(parts) or "it is not ready")
    except (OSError, HTTPException):
        return Trouble("it does not answer")


def last_words(output: Path) -> str:
    """A sentence with the last line that a service wrote before it ended."""
    try:
        lines = output.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    return f"its service ended: {lines[-1] if lines else 'without a word'} (see {output})"
