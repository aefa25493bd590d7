"""The private subjects: the feed on the agency's own broker, and commands through the same door as HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from harness.bus import Bus
from harness.gateways import Gateway, gateways
from harness.mirroring import Mirror, all_readable
from harness.private import Follower, as_service, as_systems, in_stream, private_server
from harness.sharing import accept, consent, refer
from harness.waiting import eventually

from bus.directory.directory import DIRECTORY_ID

from services import mandate_of
from stafett.embedded.private_broker import PrivateServer

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
MANDATES = {agency: mandate_of(agency) for agency in AGENCIES}


async def feed_of(gateway: Gateway) -> list[dict[str, Any]]:
    """All entries of the feed."""
    found: list[dict[str, Any]] = []
    position = ""
    while page := (await gateway.get(f"/v1/feed?limit=500&after={position}")).json():
        found += page["items"]
        position = page["next"]
        if not page["more"]:
            return found
    return found


async def at_rest(bus: Bus) -> None:
    """Wait until every node has met its obligations."""

    async def nothing_owed() -> bool:
        return not any([await node.store.work(node.now().timestamp()) for node in bus.nodes.values()])

    await bus.level()
    await eventually(nothing_owed, 30)


async def shared(bus: Bus) -> str:
    """A case that the municipality has taken on."""
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, MUNICIPALITY)
    offer = await refer(bus, case_id, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, offer)
    return case_id


def lasting(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries without those of tasks: a task that is done is not told as raised any more."""
    return [entry for entry in entries if entry["kind"] != "task"]


async def told(bus: Bus, server: PrivateServer, agency: str) -> list[dict[str, Any]]:
    """The entries that an agency's stream has now."""
    async with as_service(bus, server, agency) as client:
        return [orjson.loads(message.data) for message in await in_stream(client)]


async def level(bus: Bus, server: PrivateServer, at: Mapping[str, Gateway], *agencies: str) -> None:
    """Wait until the streams of these agencies tell all of their feeds."""
    await at_rest(bus)

    async def all_told() -> bool:
        for agency in agencies:
            async with as_service(bus, server, agency) as client:
                messages = await in_stream(client)
            last = (await feed_of(at[agency]))[-1]["position"]
            if not messages or (messages[-1].headers or {})["Stafett-Position"] != last:
                return False
        return True

    await eventually(all_told, 30)


async def test_the_stream_has_the_entries_of_the_feed(tmp_path: Path) -> None:
    """The same entries in the same order, each once, on the subject of its kind and case."""
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path) as server:
            async with gateways(bus, tmp_path, private=server) as at:
                case_id = await shared(bus)
                await level(bus, server, at, NGO, MUNICIPALITY)
                for agency in (NGO, MUNICIPALITY):
                    assert lasting(await told(bus, server, agency)) == lasting(await feed_of(at[agency]))
                async with as_service(bus, server, MUNICIPALITY) as client:
                    subjects = {message.subject for message in await in_stream(client)}
                own = f"agency.{MUNICIPALITY}"
                assert {f"{own}.event.CaseReferred.{case_id}", f"{own}.task.raised.{case_id}"} <= subjects
                assert f"{own}.directory.AgencyAdmitted.{DIRECTORY_ID}" in subjects
                assert all(subject.startswith(own) and subject.count(".") == 4 for subject in subjects)
