"""The state of a case that the read models need, and the changes that they return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bus.case.case_keys import CaseKeys
from bus.case.case_replica import Chain
from bus.store import Change
from contracts.statistics.case_progress import CaseProgress
from contracts.vocabulary.parts import Part

__all__ = ["CaseState", "Change", "place_in_log"]


class CaseState(Protocol):
    """A case at one version.

    `keys.current`: the key that seals its rows, or None. `readers`: each participant, and the parts that it reads.
    `parts`: those that this agency reads and can follow. `previewed`: if the case is only offered to the agency, the
    versions of the events that told it of the offer.
    """

    @property
    def view(self) -> Any: ...
    @property
    def keys(self) -> CaseKeys: ...
    @property
    def chain(self) -> Chain: ...
    @property
    def progress(self) -> CaseProgress: ...
    @property
    def readers(self) -> Mapping[str, frozenset[Part]]: ...
    @property
    def parts(self) -> frozenset[Part]: ...
    @property
    def previewed(self) -> tuple[int, ...]: ...


def place_in_log(incarnation: int, sequence: int) -> int:
    """Return a number that orders events by time, also across recoveries.

    `incarnation`, `sequence`: of the log; see `Position`.
    """
    return (incarnation << _SEQUENCE_BITS) + sequence


_SEQUENCE_BITS = 44
