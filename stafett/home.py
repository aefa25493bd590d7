"""One agency's home and store as commands find them that need no service: in the folder of `stafett up`, or where the
variables of the agency's service say.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bus.broker.provision import Layout
from bus.members.directory import DIRECTORY_ID, Directory
from bus.sealing.vault import VARIABLE
from bus.settings import BusSettings, store_named_by
from bus.signing import read_public
from bus.store import Store, open_store

_DEFAULT = Path(".stafett")


def settings_at(folder: Path | None, agency: str) -> BusSettings:
    """An agency's settings in a folder; without one, by `STAFETT_HOME` and `STAFETT_ROOT`, or in `.stafett`."""
    layout = Layout(folder or _DEFAULT)
    home, root = layout.home(agency), layout.root
    if folder is None and "STAFETT_HOME" in os.environ:
        home, root = Path(os.environ["STAFETT_HOME"]), Path(os.environ["STAFETT_ROOT"])
    secrets = {name: value for name, value in os.environ.items() if name == VARIABLE}
    return BusSettings(agency, home, root, (), (), store_named_by(os.environ), secrets=secrets)


@asynccontextmanager
async def opened(settings: BusSettings) -> AsyncIterator[Store]:
    """The agency's store; StoreError when it cannot be read."""
    store = open_store(settings.store_environment)
    try:
        yield store
    finally:
        await store.close()


async def directory_in(store: Store, settings: BusSettings) -> Directory:
    """The directory as the agency's replica last held it."""
    return Directory.trusting(read_public(settings.root)).folded(await store.envelopes(DIRECTORY_ID))
