"""The clock and the source of ids that everything else is given."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4


def now() -> datetime:
    """The service's clock."""
    return datetime.now(UTC)


def new_id() -> str:
    """A random token."""
    return str(uuid4())
