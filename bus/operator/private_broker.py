"""The configuration of an agency's own broker: an ordinary nats-server, of its agency alone.

The stream is in one account, with the service. The agency's systems are in another one, from which only the subjects
of `rights_of_systems` lead to the stream. So they can follow the stream and send commands, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import orjson

from bus.envelope.envelope import MESSAGE_BYTES
from bus.errors import StoreError
from bus.nats.credentials import KeyPair, new_user
from bus.nats.private_subjects import rights_of_systems
from bus.secret_files import create_private, read_private
from contracts.vocabulary.agencies import AgencyId

SERVICE_KEY: Final = "private-service.nk"
SYSTEMS_KEY: Final = "private-systems.nk"
"""The files in an agency's home with the seeds of the keys (nkeys) of its service and of its systems."""

MOST_SENT: Final = 2 * MESSAGE_BYTES
"""The largest number of bytes of a message: an entry of the feed is an event as JSON, with what the feed says of it."""


def private_accounts(homes: Mapping[AgencyId, Path], told: Callable[[str], None]) -> str:
    """Return the accounts of nats-server's configuration for these agencies, and make the keys that are missing.

    `homes`: the agencies' own folders by their ids; mostly one. Each agency has accounts, and a store, of its own.
    `told`: gets a line for each agency whose keys cannot be read or made; the others go on.
    """
    accounts = ""
    for agency, home in homes.items():
        try:
            accounts += _accounts(agency, home)
        except (StoreError, OSError) as error:
            told(f"{agency} has no private subjects: {error}")
    return f"accounts {{\n{accounts}}}\n"


def _accounts(agency: AgencyId, home: Path) -> str:
    service, systems = (_key(home / name).public for name in (SERVICE_KEY, SYSTEMS_KEY))
    subjects = rights_of_systems(agency)
    listened_to = _list(["_INBOX.>"])
    exports = _list(
        {"service": each, "response_type": "stream", "accounts": [f"{agency}-systems"]} for each in subjects
    )
    imports = _list({"service": {"account": agency, "subject": each}} for each in subjects)
    permissions = f"publish: {{ allow: {_list(subjects)} }}, subscribe: {{ allow: {listened_to} }}"
    return (
        f'  "{agency}" {{\n    jetstream: {{ max_streams: 1 }}\n    users: [ {{ nkey: {service} }} ]\n'
        f"    exports: {exports}\n  }}\n"
        f'  "{agency}-systems" {{\n    users: [ {{ nkey: {systems}, permissions: {{ {permissions} }} }} ]\n'
        f"    imports: {imports}\n  }}\n"
    )


def _list(items: Iterable[object]) -> str:
    return orjson.dumps(list(items)).decode()


def _key(path: Path) -> KeyPair:
    if not path.exists():
        create_private(path, new_user().seed)
    return KeyPair(read_private(path).strip())
