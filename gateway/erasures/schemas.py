"""The request and response models of erasures."""

from __future__ import annotations

from datetime import date, datetime

from contracts.chapters.erasure import ErasureReason
from contracts.event.fact import Fact
from contracts.view.parts.erasure import Erasure, ErasureScope, KeepingGround
from contracts.vocabulary.agencies import AgencyId
from gateway.http.response_models import ResponseModel, Uuid


class ErasureRequest(Fact):
    """The scope of an erasure, and the reason for it."""

    scope: ErasureScope
    reason: ErasureReason


class ObjectionState(ResponseModel):
    """A holder's objection: the law by which it keeps its own records of these kinds, and the last day."""

    agency: AgencyId
    ground: KeepingGround
    keeps: tuple[str, ...]
    until: date


class ErasureState(ResponseModel):
    """An erasure: its scope, the agencies that hold or held the data, those that have not yet confirmed, and those that
    keep records of their own by law.
    """

    erasure_id: Uuid
    scope: ErasureScope
    requested_by: AgencyId
    requested_at: datetime
    holders: tuple[AgencyId, ...]
    confirmed: tuple[AgencyId, ...]
    outstanding: tuple[AgencyId, ...]
    objections: tuple[ObjectionState, ...]

    @classmethod
    def of(cls, erasure: Erasure) -> ErasureState:
        """The erasure as the case describes it."""
        return cls(
            erasure_id=erasure.id,
            scope=erasure.scope,
            requested_by=erasure.requested_by,
            requested_at=erasure.requested_at,
            holders=erasure.holders,
            confirmed=erasure.confirmed_by,
            outstanding=erasure.outstanding,
            objections=tuple(map(ObjectionState.model_validate, erasure.objections)),
        )
