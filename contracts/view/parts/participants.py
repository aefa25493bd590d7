"""Participants: the agencies in a case, how each came to it, and those that have left.

An agency that is only offered the case stands among them, because it may answer, and holds a preview to be erased. It
does not take part: it reads no part of the case.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from contracts.event.fact import Fact
from contracts.view.parts.begun import newer
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part


class Participation(StrEnum):
    """The way in which an agency came to take part in a case."""

    OPENED = "opened"
    OFFERED = "offered"
    CONSULTED = "consulted"
    REFERRED = "referred"
    DECIDES = "decides"
    PROTECTS = "protects"
    INSPECTS = "inspects"
    KEEPS_TIME = "keeps-time"
    HOLDS = "holds"
    ALERTED = "alerted"


class Participant(Fact):
    """An agency that takes part in the case, how it came to take part, and since when (UTC).

    `parts`: the parts that a task by law has it read, beside the core and those of the offers that it accepted.
    """

    agency: AgencyId
    participation: Participation
    since: datetime
    parts: tuple[Part, ...] = newer(())

    def with_task(self, task: Participant) -> Participant:
        """The participant with one more task: a task by law replaces one by consent, and its parts are added.

        Any task replaces an offer that is not answered: from then on, the agency takes part.
        """
        parts = tuple(sorted({*self.parts, *task.parts}))
        if self.is_offered and not task.is_offered:
            return task.model_copy(update={"parts": parts})
        stronger = self.rests_on_consent and not task.rests_on_consent
        participation = task.participation if stronger else self.participation
        return self.model_copy(update={"participation": participation, "parts": parts})

    @property
    def is_offered(self) -> bool:
        """True if the agency is only offered the case: it does not take part, unless it accepts."""
        return self.participation is Participation.OFFERED

    @property
    def rests_on_consent(self) -> bool:
        """True if the agency stands here because the victim consented, and not by a task of its own."""
        return self.participation in (Participation.OFFERED, Participation.REFERRED, Participation.INSPECTS)


class Former(Fact):
    """An agency that took part in the case, or was offered it, from `since` until `until` (UTC) and left.

    It reads no later event.
    """

    agency: AgencyId
    since: datetime
    until: datetime
