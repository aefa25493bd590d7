"""Damages the files of a stopped broker, as disks, power cuts and hasty operators do; see `Damage` for the kinds.

`nats-server` 2.15.1 keeps a stream in numbered block files. After an orderly stop there is also an index of them. A
block is a row of records, each with a checksum. Experiments showed:

* One flipped bit, the index kept: the message is gone and nothing says so. Counts, first and last sequence stay. A read
  of the sequence finds nothing. A consumer skips it, and its `num_pending` stays one too high. Only a reader that
  counts sequences notices. When the message was the newest of a case, the broker finds no last message of the case at
  all, and accepts an append that expects none. After the next write and power cut, the rest of its block is gone too.
* One flipped bit, no index (a power cut leaves an outdated one): the block ends before the record, and all later
  records of the block are gone. In a middle block that is a hole, which `num_deleted` counts. In the last block, the
  next message gets the first lost sequence again.
* The last block cut short, the index kept: `last_seq` stays, `num_deleted` counts the lost messages, and a consumer has
  nothing pending. The next message comes after the old `last_seq`.
* Every block gone: `first_seq` and `last_seq` are 0, `num_deleted` is absent (or 1 when a client asks for details), and
  sequences begin again at 1. With the index kept, `first_seq` is `last_seq` + 1, and sequences go on.
* The first block gone: `first_seq` is that of the next block, and `num_deleted` is absent.
* One of three replicas damaged after an orderly stop: all call it current; it keeps its hole, and serves it when it
  leads. If it was killed instead, or has its last block cut and no index, the others repair it.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bus.nats.log import STREAM
from harness.bus import Bus

_RECORD: Final = struct.Struct("<IQQH")  # length with a flag for headers, sequence, time, length of the subject
_HAS_HEADERS: Final = 1 << 31
_ERASED: Final = 1 << 63
_SMALL: Final = 32_000  # bytes: the smallest block, with about a dozen events


@dataclass(frozen=True)
class Damage:
    """What was done to a log: the sequences that are gone, in order."""

    lost: tuple[int, ...]


@dataclass(frozen=True)
class StoppedLog:
    """The files of one broker's stream CASES. The broker is stopped, in good order where the index is to be left."""

    jetstream: Path

    @property
    def folder(self) -> Path:
        """Where the blocks lie."""
        (stream,) = self.jetstream.rglob(f"streams/{STREAM}")
        return stream / "msgs"

    @property
    def blocks(self) -> list[Path]:
        """The block files, oldest first."""
        return sorted(self.folder.glob("*.blk"), key=lambda path: int(path.stem))

    @property
    def last(self) -> int:
        """The last sequence in the files."""
        return max(sequence for block in self.blocks for sequence in _records(block))

    def block_of(self, sequence: int) -> Path:
        """The block that holds a message."""
        return next(block for block in self.blocks if sequence in _records(block))

    def sequences_of(self, block: Path) -> list[int]:
        """The messages in a block, in order."""
        return list(_records(block))

    def loses_one(self, sequence: int) -> Damage:
        """One bit flips in a message, and nothing else tells of it."""
        self._flip(sequence)
        return Damage((sequence,))

    def loses_the_rest_of_a_block(self, sequence: int) -> Damage:
        """One bit flips in a message of a middle block, and the power went: the rest of the block goes with it."""
        block = self.block_of(sequence)
        assert block != self.blocks[-1], "the last block is the tail, which is another damage"
        return self._flipped_without_index(block, sequence)

    def loses_its_beginning(self) -> Damage:
        """The first block is gone."""
        first = self.blocks[0]
        assert first != self.blocks[-1]
        lost = tuple(_records(first))
        first.unlink()
        self._forget_index()
        return Damage(lost)

    def loses_its_tail(self, sequence: int) -> Damage:
        """The last blocks are cut short from a message on, and the index still names the last sequence."""
        return Damage(self._cut(sequence))

    def goes_back(self, sequence: int) -> Damage:
        """The last blocks are cut short from a message on, and the index is gone: that sequence is used again."""
        lost = self._cut(sequence)
        self._forget_index()
        return Damage(lost)

    def loses_everything(self, *, index: bool) -> Damage:
        """Every block is gone, with the index or without."""
        lost = tuple(sequence for block in self.blocks for sequence in _records(block))
        for block in self.blocks:
            block.unlink()
        if not index:
            self._forget_index()
        return Damage(lost)

    def _flipped_without_index(self, block: Path, sequence: int) -> Damage:
        lost = tuple(each for each in _records(block) if each >= sequence)
        self._flip(sequence)
        self._forget_index()
        return Damage(lost)

    def _flip(self, sequence: int) -> None:
        block = self.block_of(sequence)
        start, end = _records(block)[sequence]
        content = bytearray(block.read_bytes())
        content[(start + end) // 2] ^= 1
        block.write_bytes(content)

    def _cut(self, sequence: int) -> tuple[int, ...]:
        block = self.block_of(sequence)
        start, end = _records(block)[sequence]
        later = [each for each in self.blocks if int(each.stem) > int(block.stem)]
        lost = [each for each in _records(block) if each >= sequence]
        lost += [each for one in later for each in _records(one)]
        block.write_bytes(block.read_bytes()[: (start + end) // 2])
        for each in later:
            each.unlink()
        return tuple(lost)

    def _forget_index(self) -> None:
        (self.folder / "index.db").unlink(missing_ok=True)


def _records(block: Path) -> dict[int, tuple[int, int]]:
    """Where each message begins and ends in a block."""
    content, place, found = block.read_bytes(), 0, dict[int, tuple[int, int]]()
    while place + _RECORD.size <= len(content):
        length, sequence, _, _ = _RECORD.unpack_from(content, place)
        end = place + (length & ~_HAS_HEADERS)
        if end > len(content) or end <= place:
            break
        if not sequence & _ERASED:
            found[sequence] = place, end
        place = end
    return found


async def small_blocks(client: Any, restart: Callable[[], Any]) -> None:
    """Have the brokers begin a new block after about a dozen events instead of some thousands, until their next start.

    A stream's limit decides the size of its blocks when its broker starts; so there is one only as long as that takes.
    """
    jetstream = client.jetstream()
    config = (await jetstream.stream_info(STREAM)).config
    await jetstream.update_stream(config.evolve(max_bytes=4 * _SMALL - 4))
    await restart()
    await jetstream.update_stream(config)


@asynccontextmanager
async def bus_in_small_blocks(folder: Path, *agencies: str, **settings: Any) -> AsyncIterator[Bus]:
    """A bus with its nodes ready, whose log lies in small blocks until the broker is next started."""
    async with Bus(folder, *agencies, start=False, **settings) as bus:

        async def restart() -> None:
            await asyncio.to_thread(bus.broker.stop)
            await bus.start_broker()

        async with bus.connected(max_reconnect_attempts=-1, reconnect_time_wait=0.05) as client:
            await small_blocks(client, restart)
        await asyncio.gather(*map(bus.start_node, agencies))
        await bus.ready()
        yield bus


@asynccontextmanager
async def stopped(bus: Bus) -> AsyncIterator[StoppedLog]:
    """The bus's log while its broker is stopped, for whoever damages it; the broker starts again at the block's end."""
    await asyncio.to_thread(bus.broker.stop)
    yield StoppedLog(bus.jetstream)
    await bus.start_broker()
