"""Grants to this agency that it could not take. Nobody else can see that they are no use, so they raise an alarm.

They are noted in memory alone: each session reads all grants to the agency again. A key that comes by another grant
settles them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bus.errors import GrantFault

MOST: Final = 1000
"""The largest number of refused grants that are noted: any agency can write any number of them."""


@dataclass(frozen=True, slots=True)
class RefusedGrant:
    """A grant that was refused, by its subject. `reason`: as in GrantError."""

    case_id: str
    compartment: str
    kid: str
    granter: str
    reason: GrantFault

    @property
    def key(self) -> tuple[str, str, str]:
        """The key that it should have brought: (case, compartment, kid)."""
        return self.case_id, self.compartment, self.kid


class RefusedGrants:
    """The refused grants, the oldest first. Above MOST, more are not noted."""

    def __init__(self) -> None:
        self._noted: dict[RefusedGrant, None] = {}

    def __iter__(self) -> Iterator[RefusedGrant]:
        return iter(tuple(self._noted))

    def __len__(self) -> int:
        return len(self._noted)

    def begin_again(self) -> None:
        """Forget them all: the grants are read again from the first."""
        self._noted.clear()

    def note(self, grant: RefusedGrant) -> None:
        """Note a refused grant."""
        if len(self._noted) < MOST:
            self._noted[grant] = None

    def settle(self, held: Iterable[tuple[str, str, str]]) -> None:
        """Forget the grants of these keys, which we hold now. `held`: (case, compartment, kid)."""
        keys = set(held)
        if self._noted and keys:
            self._noted = {grant: None for grant in self._noted if grant.key not in keys}

    def counts(self) -> Counter[str]:
        """Return how many there are, by reason."""
        return Counter(grant.reason for grant in self._noted)
