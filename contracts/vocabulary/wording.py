"""One plain sentence in the languages that people here read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Wording:
    """One plain sentence, in English and in Swedish."""

    en: str
    sv: str
