"""Replaces the vault key that wraps all other keys in an agency's store, while its service is stopped."""

from __future__ import annotations

from pathlib import Path

from bus.sealing.keyring import Keyring
from bus.sealing.vault import VARIABLE, Vault
from bus.settings import BusSettings
from stafett.commands.home import opened, settings_at, while_stopped


def rotate_vault(home: Path | None, agency: str) -> int:
    """Wrap every key under a new vault key, and destroy the old vault key. After an interruption, run it again.

    When a secret manager holds the vault keys, this wraps every key under the first of them. Returns 2 when the service
    runs, since that would go on with the old vault key. Raises StoreError, which tells the operator what to correct.
    """
    return while_stopped(settings_at(home, agency), _rotated)


async def _rotated(settings: BusSettings) -> str:
    vault = Vault.load(settings.vault, settings.secrets)
    async with opened(settings) as store:
        keyring = Keyring(store, vault)
        await keyring.require_opening()  # forgets keys that do not open, as if nobody had granted them
        if vault.rotates:
            count = await keyring.replace_vault_key()
            return f"{count} keys wrapped under a new vault key; the old one is destroyed"
        count = await keyring.wrap_anew()
        return f"{count} keys wrapped under the first of {VARIABLE}; the others can be dropped"
