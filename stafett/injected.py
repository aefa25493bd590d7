"""The clock and the source of ids that all other parts get as arguments."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A random UUID."""
    return str(uuid4())
