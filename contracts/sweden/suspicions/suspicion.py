"""A suspicion: which words of a text may be a personal detail, and of which kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Suspected(StrEnum):
    """The kinds of personal detail that can only be suspected."""

    PERSON = "person"
    ADDRESS = "address"


@dataclass(frozen=True)
class Suspicion:
    """Part of a text that may be a personal detail: the characters (code points) from `start` up to, not with, `end`.

    It holds nothing of the text, so it can be told to whoever may know that there is one.
    """

    kind: Suspected
    start: int
    end: int
