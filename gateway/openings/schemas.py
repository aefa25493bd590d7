"""The response model of openings."""

from __future__ import annotations

from datetime import date

from contracts.privacy.openings_account import OpenedCase
from contracts.vocabulary.parts import Part
from gateway.http.response_models import ResponseModel, Uuid


class CaseOpening(ResponseModel):
    """A case that somebody of this agency opened on a Swedish day; at most one for each day, case and set of parts.

    `person`: the pseudonym of whoever opened it. `system`: true if a program did, on its own account. `parts`: the
    parts of the case that the agency read then.
    """

    case_id: Uuid
    person: str
    system: bool
    on: date
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, opening: OpenedCase) -> CaseOpening:
        """The opening as the store has it."""
        return cls.model_validate(opening)
