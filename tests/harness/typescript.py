"""The agency in TypeScript of `examples/typescript-agency`: built once, and run as a process beside a test's bus."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from harness.bus import Bus
from harness.node_programs import built, node

FOLDER: Final = Path(__file__).parents[2] / "examples" / "typescript-agency"
VECTORS: Final = Path(__file__).parents[2] / "contracts" / "vectors"
_WITHIN: Final = 60.0


def vectors_run(folder: Path = VECTORS) -> subprocess.CompletedProcess[str]:
    """A run of the vectors in a folder by the agency's own steps."""
    command = [node(), str(built(FOLDER) / "vectors.js"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


class Program:
    """A running agency: each command is a line, and so is its answer."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def said(self) -> dict[str, Any]:
        """Its next line. AssertionError with its complaints when it ended instead."""
        assert self._process.stdout is not None and self._process.stderr is not None
        async with asyncio.timeout(_WITHIN):
            line = await self._process.stdout.readline()
            assert line, (await self._process.stderr.read()).decode()
        said: dict[str, Any] = json.loads(line)
        return said

    async def ask(self, do: str, **command: Any) -> dict[str, Any]:
        """The answer to a command, also when it is an error."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **command}).encode() + b"\n")
        await self._process.stdin.drain()
        return await self.said()


@asynccontextmanager
async def program(bus: Bus, agency: str, name: str = "") -> AsyncIterator[Program]:
    """An agency's program in TypeScript on a test's bus, once it has joined. `name`: of a second program."""
    arguments = (agency, bus.broker.url, str(bus.layout.home(agency)), str(bus.layout.root), *filter(None, (name,)))
    command = (node(), str(built(FOLDER) / "main.js"), *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, limit=2**24)
    try:
        running = Program(process)
        assert await running.said() == {"joined": agency}
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
