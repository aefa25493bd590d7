"""Sample cases told from the two source documents, with invented people; a new file in this folder is found by
itself.
"""

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
    """One sample case: its name, what it shows, when it begins (so long before the telling, or then), and how."""

    name: str
    title: str
    begins: timedelta | datetime
    tell: Callable[[Teller], None]

    def told_at(self, present: datetime) -> datetime:
        """When it begins, if it is told then."""
        return self.begins if isinstance(self.begins, datetime) else present - self.begins


def _story(module: ModuleType) -> Story:
    title = (module.__doc__ or "").split("\n", 1)[0]
    return Story(module.__name__.rsplit(".", 1)[1].replace("_", "-"), title, module.BEGINS, module.tell)


STORIES = tuple(_story(import_module(f"{__name__}.{module.name}")) for module in iter_modules(__path__))
"""Every story, in the order of their names."""
