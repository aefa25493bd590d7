"""A line to the broker that can be frozen, muted or cut for one agency alone.

A frozen line stays open, and nothing passes. A muted line passes the agency's messages, but no answers. When a line is
cut, its connections end at once, the messages on their way are lost, and nobody can connect until it is repaired.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from bus.settings import BusSettings
from harness.bus import Bus


class Line:
    """Passes bytes between whoever connects to it and a port on this machine.

    `held`: how many bytes towards that port wait on the frozen line.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._open, self._audible = asyncio.Event(), asyncio.Event()
        self._open.set()
        self._audible.set()
        self._passing: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self.held = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for task in tuple(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def freeze(self) -> None:
        """Nothing passes any more; what is sent waits."""
        self._open.clear()

    def thaw(self) -> None:
        """Let what waits pass."""
        self._open.set()

    def mute(self) -> None:
        """No answer passes any more."""
        self._audible.clear()

    def cut(self) -> None:
        """End every connection at once, with what was on its way; refuse new ones."""
        self._is_cut = True
        for end in tuple(self._ends):
            end.transport.abort()
        self._ends.clear()
        self.held = 0

    def mend(self) -> None:
        """Let new connections come about."""
        self._is_cut = False
        self._open.set()
        self._audible.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, answers = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:  # the broker is down
            writer.transport.abort()
            return
        if self._is_cut:
            answers.transport.abort()
            writer.transport.abort()
            return
        self._ends |= {writer, answers}
        for source, sink, upwards in ((reader, answers, True), (there, writer, False)):
            task = asyncio.create_task(self._pass(source, sink, upwards))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, upwards: bool) -> None:
        with suppress(OSError):
            while content := await source.read(65536):
                if not self._open.is_set():
                    self.held += upwards * len(content)
                    await self._open.wait()
                    self.held = 0
                if not upwards:
                    await self._audible.wait()
                sink.write(content)
                await sink.drain()
        self._ends.discard(sink)
        sink.close()


class LinedBus(Bus):
    """A bus on which each agency that is named in `lined`, or every one, reaches the broker over a line of its own."""

    def __init__(self, folder: Path, *agencies: str, lined: Iterable[str] | None = None, **options: Any) -> None:
        super().__init__(folder, *agencies, **options)
        self.lines = {agency: Line(self.broker.port) for agency in (agencies if lined is None else lined)}

    async def __aenter__(self) -> Self:
        for line in self.lines.values():
            await line.__aenter__()
        return await super().__aenter__()

    async def _end(self) -> None:
        for line in self.lines.values():
            line.mend()
        try:
            await super()._end()
        finally:
            self.broker.kill()  # also when a node does not end in good order
            for line in self.lines.values():
                await line.__aexit__()

    def settings(self, agency: str) -> BusSettings:
        """An agency's settings on this bus, by way of its line."""
        known = super().settings(agency)
        if agency not in self.lines:
            return known
        scheme, _, _ = self.broker.url.rpartition(":")
        return replace(known, servers=(f"{scheme}:{self.lines[agency].port}",))
