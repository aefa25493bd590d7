"""The agency in TypeScript of `examples/typescript-agency`: built once, and run as a process beside a test's bus."""

from __future__ import annotations

import asyncio
import fcntl
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from harness.bus import Bus

FOLDER: Final = Path(__file__).parents[2] / "examples" / "typescript-agency"
VECTORS: Final = Path(__file__).parents[2] / "contracts" / "vectors"
_WITHIN: Final = 60.0


@cache
def node() -> str:
    """The interpreter. It must be there: the tests of another language are not left out."""
    found = shutil.which("node")
    assert found is not None, "install Node 18 or later with npm (Debian: apt install nodejs npm)"
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """One process of the tests builds; the others wait for it."""
    with (FOLDER / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def built() -> Path:
    """The compiled agency; its libraries are those of the lock file, fetched once."""
    node()
    with _alone():
        kept, wanted = FOLDER / "node_modules" / ".of-this-lock", (FOLDER / "package-lock.json").read_bytes()
        if not kept.exists() or kept.read_bytes() != wanted:
            _run("npm", "ci", "--no-progress")
            kept.write_bytes(wanted)
        _run("npx", "--no-install", "tsc")
    return FOLDER / "dist"


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"


def vectors_run(folder: Path = VECTORS) -> subprocess.CompletedProcess[str]:
    """A run of the vectors in a folder by the agency's own steps."""
    command = [node(), str(built() / "vectors.js"), str(folder)]
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
    command = (node(), str(built() / "main.js"), *arguments)
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
