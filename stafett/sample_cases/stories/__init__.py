"""Sample cases told from the two source documents, with invented people. New files in this folder need no list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from stafett.sample_cases.teller import Teller


@dataclass(frozen=True)
class Story:
    """One sample case.

    Attributes:
        name: its name.
        title: one line about the case.
        begins: how long before the telling it begins, or the moment (UTC) at which it begins.
        tell: tells it, step by step.
    """

    name: str
    title: str
    begins: timedelta | datetime
    tell: Callable[[Teller], None]

    def told_at(self, present: datetime) -> datetime:
        """The moment (UTC) at which it begins when it is told at `present`."""
        return self.begins if isinstance(self.begins, datetime) else present - self.begins


def _story(module: ModuleType) -> Story:
    title = (module.__doc__ or "").split("\n", 1)[0]
    return Story(module.__name__.rsplit(".", 1)[1].replace("_", "-"), title, module.BEGINS, module.tell)


STORIES = tuple(_story(import_module(f"{__name__}.{module.name}")) for module in iter_modules(__path__))
"""Every story, in the order of their names."""
