"""What the store does not take is set aside alone, so that one message holds up nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bus.checking import Checked
from bus.errors import EnvelopeError, StoreError
from bus.store import Position, Store
from bus.store.store import DuplicateKeyError


class Commit(Protocol):
    """Folds and commits messages; `damaged`: a case that is left to be repaired."""

    async def __call__(self, checked: Sequence[Checked], damaged: str = "") -> None: ...


async def one_by_one(checked: Sequence[Checked], position: Position, store: Store, commit: Commit) -> None:
    """Commit messages alone that were not taken together.

    Raises StoreError when it is the store that fails, or when an earlier commit without an answer had reached the disk
    after all: then everything begins again from there.
    """
    if await store.position() != position:
        raise StoreError("an earlier commit had reached the disk")
    for each in checked:
        try:
            await commit([each])
        except DuplicateKeyError:
            await commit([each], damaged=each[0].subject.split(".")[1])
        except StoreError:
            await store.position()  # raises when it is the store that does not answer
            await commit([(each[0], EnvelopeError("not-storable"))])
