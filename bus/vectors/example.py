"""One example of a step: its input, and the reason for which it must be refused, if it must."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Example:
    """An example of a step. `given`: its input. `refused`: the reason's code, or None when it must be taken."""

    name: str
    given: dict[str, Any]
    refused: str | None = None


Examples = Iterable[Example]
