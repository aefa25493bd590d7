"""What is answered about erasures."""

from __future__ import annotations

from datetime import datetime

from contracts.view.parts.erasure import Erasure, ErasureScope
from contracts.vocabulary.agencies import AgencyId
from gateway.answers.base import Answer, Uuid


class ErasureState(Answer):
    """What was to be erased, by whom it is or was held, and which of them have yet to say that it is gone."""

    erasure_id: Uuid
    scope: ErasureScope
    requested_by: AgencyId
    requested_at: datetime
    holders: tuple[AgencyId, ...]
    confirmed: tuple[AgencyId, ...]
    outstanding: tuple[AgencyId, ...]

    @classmethod
    def of(cls, erasure: Erasure) -> ErasureState:
        """What the case says of an erasure."""
        return cls(
            erasure_id=erasure.id,
            scope=erasure.scope,
            requested_by=erasure.requested_by,
            requested_at=erasure.requested_at,
            holders=erasure.holders,
            confirmed=erasure.confirmed_by,
            outstanding=erasure.outstanding,
        )
