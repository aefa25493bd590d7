"""Prints the configuration with which an agency's own nats-server serves its systems, and makes their keys."""

from __future__ import annotations

import sys
from pathlib import Path

from bus.errors import StoreError
from bus.operator.private_broker import MOST_SENT, SYSTEMS_KEY, private_accounts
from stafett.commands.home import settings_at


def private_broker(home: Path | None, agency: str) -> int:
    """Print the accounts, for `include` in the server's configuration; where the keys lie goes to the standard error.

    Raises StoreError when a key cannot be read or made.
    """

    def failed(line: str) -> None:
        raise StoreError(line)

    own = settings_at(home, agency).home
    print(f"max_payload: {MOST_SENT}")
    print(private_accounts({agency: own}, failed), end="")
    print(f"The service connects by itself; the agency's systems connect with {own / SYSTEMS_KEY}.", file=sys.stderr)
    return 0
