"""One agency's home and store as commands find them that need no service: in the folder of `stafett up`, or where the
variables of the agency's service say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bus.broker.provision import Layout
from bus.home import require_own
from bus.members.directory import DIRECTORY_ID, Directory
from bus.settings import BusSettings
from bus.signing import read_public
from bus.store import Store, open_store
from stafett.service.settings import store_at, store_settings

_DEFAULT = Path(".stafett")


def settings_at(folder: Path | None, agency: str) -> BusSettings:
    """An agency's settings in a folder; without one, by `STAFETT_HOME` and `STAFETT_ROOT`, or in `.stafett`."""
    named = store_settings(agency) if folder is None else None
    layout = Layout(folder or _DEFAULT)
    return named or store_at(agency, layout.home(agency), layout.root)


@asynccontextmanager
async def opened(settings: BusSettings) -> AsyncIterator[Store]:
    """The agency's store; StoreError when it cannot be read, or the folder is another agency's."""
    require_own(settings.home, settings.agency)
    if settings.home.is_dir():
        settings.keep_store_private()
    store = open_store(settings.store_environment)
    try:
        yield store
    finally:
        await store.close()


async def directory_in(store: Store, settings: BusSettings) -> Directory:
    """The directory as the agency's replica last held it."""
    return Directory.trusting(read_public(settings.root)).folded(await store.envelopes(DIRECTORY_ID))
