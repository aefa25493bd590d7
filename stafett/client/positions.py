"""The place in which a reader of the feed keeps how far it has come."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Protocol

__all__ = ["PositionFile", "Positions"]

_LONGEST: Final = 100


class Positions(Protocol):
    """Keeps a position. Both may wait for a disk, and neither is called while the other is."""

    def load(self) -> str:
        """The position that was kept last; empty when none was."""
        ...

    def save(self, position: str) -> None:
        """Keep the position: when this returns, it survives a power cut."""
        ...


class PositionFile:
    """Keeps it in a file, which always has the former position or the new one, and never a part of one.

    >>> import tempfile, pathlib
    >>> kept = PositionFile(pathlib.Path(tempfile.mkdtemp()) / "position")
    >>> kept.load()
    ''
    >>> kept.save("4fa3b6c0d1e2f304-17")
    >>> kept.load()
    '4fa3b6c0d1e2f304-17'
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> str:
        """The position; empty when there is no file. Raises ValueError when the file holds something else."""
        try:
            with self._path.open("rb") as file:
                position = file.read(_LONGEST + 1).decode("ascii").strip()
        except FileNotFoundError:
            return ""
        if len(position) > _LONGEST or not all(" " < one <= "~" for one in position):
            raise ValueError(f"{self._path} holds no position")
        return position

    def save(self, position: str) -> None:
        """Keep the position: write a file beside it, and put it in its place."""
        partial = self._path.with_name(f"{self._path.name}.partial")
        with partial.open("wb") as file:
            file.write(position.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
