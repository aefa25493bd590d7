"""Alerts of the police in acute danger, and the answer to each."""

from __future__ import annotations

from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class Danger(StrEnum):
    """The acute danger that the person is in."""

    LIFE_OR_HEALTH = "life-or-health"
    HELD = "held"
    TAKEN_AWAY = "taken-away"
    THREATENED = "threatened"


class AlertGround(StrEnum):
    """The ground in law on which the police are told without the person's consent."""

    NECESSITY = "necessity"
    CHILD_IN_DANGER = "child-in-danger"
    OFFENCE_AGAINST_CHILD = "offence-against-child"
    SERIOUS_OFFENCE = "serious-offence"
    VITAL_INTERESTS = "vital-interests"


class AlertMeasure(StrEnum):
    """The measure that the police took."""

    SAFE = "safe"
    SEARCHING = "searching"
    NOT_FOUND = "not-found"
    NO_DANGER = "no-danger"


class Alert(Begun):
    """An alert of the police, and the latest measure; None: the police have not answered."""

    police: AgencyId
    alerted_by: AgencyId
    danger: Danger
    ground: AlertGround
    measure: AlertMeasure | None = None
