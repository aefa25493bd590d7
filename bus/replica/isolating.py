"""Find the one message that the store cannot take: it alone is rejected, and the others are committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bus.errors import EnvelopeError, StoreError
from bus.replica.checking import Checked
from bus.store import Position, Store, Transaction, statements
from bus.store.store import DuplicateKeyError


class Commit(Protocol):
    """Folds and commits messages. `damaged`: a case to skip and to repair later."""

    async def __call__(self, checked: Sequence[Checked], damaged: str = "") -> None: ...


async def one_by_one(checked: Sequence[Checked], position: Position, store: Store, commit: Commit) -> None:
    """Commit messages one by one, after their common commit failed. `position`: the position before it.

    Raises StoreError when the store itself fails, or when an earlier commit without an answer did reach the disk; the
    next session then starts from the position in the store.
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
                    raise  # the outcome is unknown (or the store is slow); the next session reads it again
                await commit([(each[0], EnvelopeError("not-storable"))])


async def _is_at(position: Position, store: Store) -> None:
    if await store.position() != position:
        raise StoreError("an earlier commit had reached the disk")


async def _takes_other_things(store: Store) -> None:
    """Write a probe. Raises StoreError when the store fails, not the message. Earlier writes have ended on return."""
    probe = Transaction()
    probe.add(statements.PROBE, {})
    await store.write(probe)
