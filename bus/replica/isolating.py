"""Isolates the message that the store does not take: it alone is rejected, and holds up nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bus.errors import EnvelopeError, StoreError
from bus.replica.checking import Checked
from bus.store import Position, Store, Transaction, statements
from bus.store.store import DuplicateKeyError


class Commit(Protocol):
    """Folds and commits messages; `damaged`: a case that is left to be repaired."""

    async def __call__(self, checked: Sequence[Checked], damaged: str = "") -> None: ...


async def one_by_one(checked: Sequence[Checked], position: Position, store: Store, commit: Commit) -> None:
    """Commit messages alone that were not taken together.

    Raises StoreError when it is the store that fails, or when an earlier commit without an answer had reached the disk
    after all: then everything begins again from there.
    """
    await _is_at(position, store)
    for each in checked:
        before = await store.position()
        try:
            await commit([each])
        except DuplicateKeyError:
            await commit([each], damaged=each[0].subject.split(".")[1])
        except StoreError:
            await _takes_other_things(store)
            await _is_at(before, store)
            try:
                await commit([each])
            except StoreError as error:
                if isinstance(error, DuplicateKeyError) or isinstance(error.__cause__, TimeoutError):
                    raise  # the next session looks at it anew: the message may be kept, or the store slow
                await commit([(each[0], EnvelopeError("not-storable"))])


async def _is_at(position: Position, store: Store) -> None:
    if await store.position() != position:
        raise StoreError("an earlier commit had reached the disk")


async def _takes_other_things(store: Store) -> None:
    """Raises StoreError when it is the store that fails, not the message; whatever was under way has ended by then."""
    probe = Transaction()
    probe.add(statements.PROBE, {})
    await store.write(probe)
