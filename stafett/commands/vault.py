"""Replaces the vault key under which an agency's store keeps all others, while its service is stopped."""

from __future__ import annotations

from pathlib import Path

from bus.sealing.keyring import Keyring
from bus.sealing.vault import VARIABLE, Vault
from bus.settings import BusSettings
from stafett.commands.home import opened, settings_at, while_stopped


def rotate_vault(home: Path | None, agency: str) -> int:
    """Wrap every key anew under a new vault key, and destroy the old. Cut short, it is to be run again.

    Where a secret manager holds the vault's keys, everything is wrapped under the first of them. 2 while the service
    runs, which would go on with the old one. StoreError: what the operator has to mend.
    """
    return while_stopped(settings_at(home, agency), _rotated)


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
