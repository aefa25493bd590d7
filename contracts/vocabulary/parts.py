"""The parts of a case. Each part has keys of its own, so an agency opens only the parts that its tasks need."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Part(StrEnum):
    """A part of a case.

    Every participant reads the core: who takes part, the offers and their results, the lead, the status in law, and
    what the consents cover. The other parts hold details; `contracts.privacy.readers.parts_of` says who reads them.
    """

    CORE = "core"
    SUPPORT = "support"
    INTEGRATION = "integration"
    STAY = "stay"
    INVESTIGATION = "investigation"
    INSPECTION = "inspection"
    DIALOGUE = "dialogue"

    @property
    def compartment(self) -> str:
        """The compartment of the part's keys. Before cases had parts, one compartment `case` held everything."""
        return "case" if self is Part.CORE else self.value


OFFERS: Final = {Part.CORE: "offer", Part.DIALOGUE: "offertalk"}
"""The compartments of an offer to an agency outside the case. Their keys follow from the keys of these parts."""

COMPARTMENTS: Final = {part.compartment: part for part in Part} | {name: part for part, name in OFFERS.items()}
"""The part of each compartment."""
