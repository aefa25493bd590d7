"""Rebuilds the read models of an agency's store from the store's own events, while its service is stopped."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bus.read_models.read_models import ReadModels
from bus.reconciler.obligations import Duties
from bus.recovery.rebuilding import Rebuilding
from bus.replica.replica import Replica
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from bus.settings import BusSettings
from stafett.commands.home import directory_in, opened, settings_at, while_stopped


def rebuild(home: Path | None, agency: str) -> int:
    """Rebuild the lists and tallies under a new index key. After an interruption, a new run continues.

    Returns 2 when the service runs; a service rebuilds by itself after an upgrade. Raises StoreError, which tells the
    operator what to correct.
    """
    return while_stopped(settings_at(home, agency), _rebuilt)


async def _rebuilt(settings: BusSettings) -> str:
    vault = Vault.load(settings.vault, settings.secrets)
    async with opened(settings) as store:
        keyring = Keyring(store, vault)
        read_models = ReadModels(settings.agency, store, keyring)
        directory = await directory_in(store, settings)
        duties = Duties(settings.agency, {}, keeps_time=settings.keeps_time)
        replica = Replica(store, directory, keyring, duties, settings.cached_cases, read_models)
        await replica.start()
        await read_models.start()
        if read_models.rebuilt_through is None:
            await read_models.begin_anew()
        rebuilding = Rebuilding(read_models, store=store, replica=replica, keyring=keyring)
        told = asyncio.create_task(_tell(rebuilding))
        try:
            await rebuilding.go_on(share=1.0)
        finally:
            told.cancel()
        return f"{rebuilding.done} cases listed anew"


async def _tell(rebuilding: Rebuilding) -> None:
    while True:
        await asyncio.sleep(5)
        print(rebuilding.progress, file=sys.stderr, flush=True)
