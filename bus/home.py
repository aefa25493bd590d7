"""An agency's own folder. It names its agency, so that no service runs on another agency's folder by mistake.

Provisioning writes the name. In an older folder without a name, the broker credentials tell it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from bus.errors import StoreError
from bus.nats.credentials import Credentials
from bus.secret_files import sync
from contracts.vocabulary.agencies import AgencyId

_NAME: Final = "agency"
_SECRETS: Final = ("signing.pem", "sealing.key", "vault.key", "pseudonyms.key")


def owner_of(home: Path) -> AgencyId | None:
    """Return the agency that owns the folder, or None when the folder does not say."""
    named, credentials = home / _NAME, home / "broker.creds"
    if named.exists():
        return named.read_text().strip()
    if credentials.exists():
        try:
            return Credentials.read(credentials.read_bytes()).name
        except (ValueError, LookupError):
            return None
    return None


def claim(home: Path, agency: AgencyId) -> None:
    """Write this agency's name into the folder. Raises StoreError when the folder belongs to another agency."""
    require_own(home, agency)
    if not (home / _NAME).exists():
        partial = home / f"{_NAME}.partial"
        partial.write_text(f"{agency}\n")
        partial.replace(home / _NAME)
        sync(home)


def require_own(home: Path, agency: AgencyId) -> None:
    """Raise StoreError when the folder belongs to another agency; the error says to which, and what to set."""
    owner = owner_of(home)
    if owner is not None and owner != agency:
        raise StoreError(f"{home} is the folder of {owner}, not of {agency}: set STAFETT_HOME to that of {agency}")


def keep_private(store: Path) -> None:
    """Give a SQLite store mode 600, and create it so if it is new; the files beside it get the same mode."""
    os.close(os.open(store, os.O_RDWR | os.O_CREAT, 0o600))
    for path in (store, *store.parent.glob(f"{store.name}-*")):
        path.chmod(0o600)


def is_new(home: Path) -> bool:
    """Return whether the folder holds neither a key nor a store."""
    return not any((home / name).exists() for name in (*_SECRETS, "store.db"))


def require_vault(home: Path, vault: Path) -> None:
    """Raise StoreError when the vault is missing; the error says what to restore."""
    if not vault.exists():
        raise StoreError(
            f"{vault.name} is gone from {home}, and nothing in the agency's store opens without it: restore it from "
            "your backup. Without one, put the store away and provision with --new-vault: what others granted to this "
            "agency comes back from the brokers, and nothing else"
        )
