"""What the read models need to know of a case at one moment, and what they answer with."""

from __future__ import annotations

from typing import Any, Protocol

from bus.case.case_replica import CaseKeys, Chain
from bus.store import Change
from contracts.statistics.case_progress import CaseProgress

__all__ = ["CaseState", "Change", "place_in_log"]


class CaseState(Protocol):
    """A case at one version. `keys.current`: what is said of the case is sealed under it; None when there is none."""

    @property
    def view(self) -> Any: ...
    @property
    def keys(self) -> CaseKeys: ...
    @property
    def chain(self) -> Chain: ...
    @property
    def progress(self) -> CaseProgress: ...


def place_in_log(incarnation: int, sequence: int) -> int:
    """A number by which what happened later stands after what happened before, also when the log has begun anew."""
    return (incarnation << _SEQUENCE_BITS) + sequence


_SEQUENCE_BITS = 44
