"""Claims on the state."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from contracts.event.fact import EventId
from contracts.view.parts.begun import Begun, newer
from contracts.view.parts.legal_status import Decision
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.codes import SEK


class Claim(Begun):
    """A claim of a municipality or a region on the state."""

    claimed_by: AgencyId
    support_ids: tuple[EventId, ...]
    starts_on: date
    ends_on: date
    claimed_sek: SEK
    decision: Decision = Decision.PENDING
    granted_sek: SEK | None = None
    decided_on: date | None = newer(None)
    # Left out of the JSON while nobody has stated it, so that earlier cases keep their digests.
    share_percent: int | None = Field(default=None, exclude_if=lambda share: share is None)
