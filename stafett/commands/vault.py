"""Replaces the vault key under which an agency's store keeps all others, while its service is stopped."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bus.errors import StoreError
from bus.sealing.keyring import Keyring
from bus.sealing.vault import VARIABLE, Vault
from bus.settings import BusSettings
from stafett.commands.home import opened, settings_at
from stafett.service.locking import lock_folder


def rotate_vault(home: Path | None, agency: str) -> int:
    """Wrap every key anew under a new vault key, and destroy the old. Cut short, it is to be run again.

    Where a secret manager holds the vault's keys, everything is wrapped under the first of them. 2 while the service
    runs, which would go on with the old one. StoreError: what the operator has to mend.
    """
    settings = settings_at(home, agency)
    if not settings.home.is_dir():
        raise StoreError(f"{settings.home} is not there")
    claimed = lock_folder(settings.home)
    if claimed is None:
        print(f"the service of {agency} runs in {settings.home}: stop it first", file=sys.stderr)
        return 2
    try:
        print(asyncio.run(_rotated(settings)))
    finally:
        os.close(claimed)
    return 0


async def _rotated(settings: BusSettings) -> str:
    vault = Vault.load(settings.vault, settings.secrets)
    async with opened(settings) as store:
        keyring = Keyring(store, vault)
        await keyring.require_opening()  # what does not open is forgotten, as if it had never been granted
        if vault.rotates:
            count = await keyring.replace_vault_key()
            return f"{count} keys wrapped under a new vault key; the old one is destroyed"
        count = await keyring.wrap_anew()
        return f"{count} keys wrapped under the first of {VARIABLE}; the others can be dropped"
