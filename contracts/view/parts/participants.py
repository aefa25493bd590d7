"""Participants: the agencies in a case, how each came to it, and those that have left."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from contracts.event.fact import Fact
from contracts.vocabulary.agencies import AgencyId


class Participation(StrEnum):
    """How an agency came to take part in a case."""

    OPENED = "opened"
    CONSULTED = "consulted"
    REFERRED = "referred"
    DECIDES = "decides"
    PROTECTS = "protects"
    INSPECTS = "inspects"
    KEEPS_TIME = "keeps-time"
    HOLDS = "holds"


class Participant(Fact):
    """An agency that takes part in the case, and since when."""

    agency: AgencyId
    participation: Participation
    since: datetime

    @property
    def rests_on_consent(self) -> bool:
        """Whether it takes part because the victim agreed to that, and not by a task of its own."""
        return self.participation in (Participation.REFERRED, Participation.INSPECTS)


class Former(Fact):
    """An agency that took part in the case and left it: it reads nothing of what came after that."""

    agency: AgencyId
    since: datetime
    until: datetime
