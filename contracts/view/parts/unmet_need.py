"""Needs for which no referral was possible."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import RegionCode


class NoReferralReason(StrEnum):
    """Why nobody can be asked to give a service."""

    NO_CAPACITY = "no-capacity"
    NOT_OFFERED_HERE = "not-offered-here"
    OUTSIDE_MANDATE = "outside-mandate"
    NOT_ENTITLED = "not-entitled"
    WAITING_TIME = "waiting-time"
    NO_SAFE_PLACE = "no-safe-place"
    NO_INTERPRETER = "no-interpreter"
    OTHER = "other"


class UnmetNeed(Begun):
    """A service that the person needs and for which no referral was possible; `found_on`: the Swedish day on which that
    was recorded. `region`: where it was sought; None: not known.
    """

    service: Service
    region: RegionCode | None
    reasons: tuple[NoReferralReason, ...]
    found_by: AgencyId
    found_on: date
