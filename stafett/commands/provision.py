"""Creates the keys, credentials, directory and streams of a bus, or admits more agencies to it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from bus.mandate import Mandate
from bus.operator.bootstrap import establish
from bus.operator.provision import ONE_BROKER, Layout, provision
from services import mandate_of
from stafett.injected import new_id, now


def provision_bus(
    folder: Path,
    agencies: list[str],
    servers: list[str],
    replicas: int,
    brokers: Mapping[str, Iterable[str]],
    *,
    readmit: bool = False,
    new_vaults: bool = False,
    log_bytes: int | None = None,
) -> None:
    """Provision a folder for these agencies and brokers.

    When the brokers' addresses are given, also create the streams, admit the agencies, and tell the brokers who may
    connect.

    Args:
        folder: the folder to provision.
        agencies: the agencies to admit.
        servers: the addresses of the brokers; empty: only the folder is provisioned.
        replicas: copies of each stream in the cluster.
        brokers: each broker's name, with the names by which others reach it.
        readmit: also let those of these agencies connect that were cut off.
        new_vaults: let an agency that lost its vault begin with an empty store.
        log_bytes: the most bytes that the log may hold; None: a share of what the brokers can hold.
    """
    if readmit:
        admission = Layout(folder).admission(now())
        for agency in agencies:
            admission.readmit(agency)
    mandates = {agency: mandate_of(agency) for agency in agencies}
    layout = provision(folder, mandates, now(), brokers or {ONE_BROKER: ()}, _say, new_vaults=new_vaults)
    if servers:
        asyncio.run(_tell(layout, mandates, servers, replicas, log_bytes))


async def _tell(
    layout: Layout, mandates: Mapping[str, Mandate], servers: list[str], replicas: int, log_bytes: int | None
) -> None:
    await establish(
        servers, layout, mandates, replicas=replicas, now=now, new_id=new_id, log_bytes=log_bytes, told=_say
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
