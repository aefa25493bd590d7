"""Decisions on assistance from social services, and appeals against them and against decisions on reimbursement."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.event.fact import EventId
from contracts.view.parts.appeals import AppealOutcome
from contracts.view.parts.begun import Begun
from contracts.view.parts.legal_status import Decision
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Service


class BenefitDecision(StrEnum):
    """The decisions that a general administrative court tries: what the state pays, and what social services give."""

    REIMBURSEMENT = "reimbursement"
    ASSISTANCE = "assistance"


class AssistanceDecision(Begun):
    """A municipality's decision on an application for assistance."""

    decided_by: AgencyId
    services: tuple[Service, ...]
    decision: Decision
    decided_on: date


class BenefitAppeal(Begun):
    """An appeal. `decision_id`: the claim on the state, or the event by which the municipality decided."""

    of: BenefitDecision
    decision_id: EventId
    lodged_by: AgencyId
    lodged_on: date
    court: AgencyId | None
    outcome: AppealOutcome | None = None
