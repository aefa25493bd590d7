"""The client in `clients/typescript`: built from the document as it is now, and run before a real service."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from harness.bus import an_event
from harness.node_programs import built, node
from harness.served import AGENCY, Served, present, served

from contracts.chapters.assistance import NeedsAssessed
from stafett import client
from stafett.client import AsyncClient

pytestmark = pytest.mark.long

FOLDER: Final = Path(__file__).parents[2] / "clients" / "typescript"


def test_its_own_tests_pass() -> None:
    """It compiles, which shows that the hand-written half fits the document, and its tests of bad answers pass."""
    built(FOLDER)
    tests = [node(), "--test", "test/"]
    run = subprocess.run(tests, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0 and "# fail 0" in run.stdout, run.stdout + run.stderr


async def program(service: Served, position: Path, *arguments: str) -> asyncio.subprocess.Process:
    """The example, as a process."""
    said: Mapping[str, str] = {
        **os.environ,
        "STAFETT_URL": service.url,
        "STAFETT_TOKEN": service.token,
        "STAFETT_POSITION": str(position),
    }
    pipe = asyncio.subprocess.PIPE
    script = str(built(FOLDER) / "example" / "mirror.js")
    return await asyncio.create_subprocess_exec(node(), script, *arguments, env=said, stdout=pipe, stderr=pipe)


async def said(process: asyncio.subprocess.Process, most: int) -> list[dict[str, Any]]:
    """Its first lines. AssertionError with its complaints when it ends before."""
    assert process.stdout is not None and process.stderr is not None
    lines: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while len(lines) < most:
            line = await process.stdout.readline()
            assert line, (await process.stderr.read()).decode()
            lines.append(json.loads(line))
    return lines


async def test_it_opens_a_case_and_mirrors_all(tmp_path: Path) -> None:
    """Killed again and again, it is told each event; a refusal comes in Swedish."""
    chance = random.Random(3)
    async with served(tmp_path) as service:
        opened, refused = await said(await program(service, tmp_path / "position", "open"), 2)
        case_id = opened["opened"]
        async with AsyncClient(service.url, service.token) as ngo:
            assert opened["etag"] == (await ngo.do(client.read_case(case_id))).etag
        assert refused["rule"].startswith("R") and refused["missing"]
        told: list[dict[str, Any]] = []
        for number in range(6):
            await service.bus.submit(AGENCY, an_event(NeedsAssessed, occurred_at=present().isoformat()), case_id)
            mirror = await program(service, tmp_path / "position")
            told += await said(mirror, chance.choice((1, 2)) if number < 5 else 1)
            while number == 5 and told[-1]["version"] < 7:
                told += await said(mirror, 1)
            mirror.kill()
            await mirror.wait()
        assert {one["version"] for one in told} == set(range(1, 8)) and {one["case"] for one in told} == {case_id}
        assert told[0]["forms"] == ["labour"]
