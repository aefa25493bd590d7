"""Files that hold secrets. Only their owner may read them; they are replaced whole, and overwritten before removal.

A crash between any two steps leaves either the old file or the new one in place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bus.errors import StoreError


def read_private(path: Path) -> bytes:
    """Return the content of a secret file. Raises StoreError when it is missing or others may read it."""
    try:
        while True:
            with path.open("rb") as file:
                opened = os.fstat(file.fileno())
                if opened.st_mode & 0o077:
                    raise StoreError(
                        f"{path.name} may be read by others; set its mode to 600, and rotate the key if in doubt"
                    )
                content = file.read()
            if os.path.samestat(opened, path.stat()):
                return content  # otherwise the file was replaced while we read, and we may have read the zeros
    except OSError as error:
        raise StoreError(f"{path.name} cannot be read ({error.strerror}); restore it from your backup") from None


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read, from its first byte on. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def create_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read, and sync it to disk. Raises FileExistsError."""
    write_private(path, content)
    sync(path)
    sync(path.parent)


def replace_private(path: Path, content: bytes) -> None:
    """Replace a file's content atomically, then overwrite and remove the old content.

    After a crash `finish_replacing` completes the work. Raises StoreError when the file is missing or the disk fails:
    the file then holds either the old content or the new one, whole, and the caller must read it again.
    """
    finish_replacing(path)
    following, former = _beside(path)
    with _told(path):
        create_private(following, content)
        former.hardlink_to(path)
        sync(path.parent)
        following.replace(path)
        sync(path.parent)
        destroy(former)


def finish_replacing(path: Path) -> None:
    """Remove the leftovers of an interrupted replacement; the file itself is whole in any case.

    Raises StoreError, and touches nothing, when the file is missing: the leftovers may then be the only copy.
    """
    following, former = _beside(path)
    with _told(path):
        path.stat()
        if former.exists():
            if former.samefile(path):
                former.unlink()  # the new content never took its place
            else:
                destroy(former)
        if following.exists():
            destroy(following)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path.name} cannot be replaced ({error.strerror}); mend that and start again") from error


def destroy(path: Path) -> None:
    """Overwrite a file and remove it. Best effort: a journal, a snapshot or a flash disk may keep older blocks."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync(path.parent)


def sync(path: Path) -> None:
    """Sync a file's content, or a folder's names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _beside(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}.next"), path.with_name(f"{path.name}.former")
