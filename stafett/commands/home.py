"""Finds one agency's home and store, for commands that need no running service.

They are in the folder of `stafett up`, or where the variables of the agency's service say.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bus.directory.directory import DIRECTORY_ID, Directory
from bus.envelope.signing import read_public
from bus.errors import StoreError
from bus.home import require_own
from bus.operator.provision import Layout
from bus.settings import BusSettings
from bus.store import Store, open_store
from stafett.service.locking import lock_folder
from stafett.service.settings import store_at, store_settings

_DEFAULT = Path(".stafett")


def settings_at(folder: Path | None, agency: str) -> BusSettings:
    """An agency's settings in a folder; `folder` None: by `STAFETT_HOME` and `STAFETT_ROOT`, or in `.stafett`."""
    named = store_settings(agency) if folder is None else None
    layout = Layout(folder or _DEFAULT)
    return named or store_at(agency, layout.home(agency), layout.root)


@asynccontextmanager
async def opened(settings: BusSettings) -> AsyncIterator[Store]:
    """The agency's open store. Raises StoreError when it cannot be read, or the folder is another agency's."""
    require_own(settings.home, settings.agency)
    if settings.home.is_dir():
        settings.keep_store_private()
    store = open_store(settings.store_environment)
    try:
        yield store
    finally:
        await store.close()


def while_stopped(settings: BusSettings, work: Callable[[BusSettings], Coroutine[Any, Any, str]]) -> int:
    """Do work on a store while its service is stopped, and print the text that `work` returns.

    Returns 0, or 2 when the service runs. Raises StoreError, which tells the operator what to correct.
    """
    if not settings.home.is_dir():
        raise StoreError(f"{settings.home} is not there")
    claimed = lock_folder(settings.home)
    if claimed is None:
        print(f"the service of {settings.agency} runs in {settings.home}: stop it first", file=sys.stderr)
        return 2
    try:
        print(asyncio.run(work(settings)))
    finally:
        os.close(claimed)
    return 0


async def directory_in(store: Store, settings: BusSettings) -> Directory:
    """The directory at the last version that the agency's replica has stored."""
    return Directory.trusting(read_public(settings.root)).folded(await store.envelopes(DIRECTORY_ID))
