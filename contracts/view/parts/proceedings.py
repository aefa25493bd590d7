"""Legal proceedings: counsel, interviews, charges with trial and judgment, and compensation for the crime.

Detail of support stands in none of them, so that whoever follows the proceedings need not read it.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.view.parts.legal_status import Decision
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.codes import SEK


class CounselTask(StrEnum):
    """The task for which a lawyer is appointed."""

    INJURED_PARTY = "counsel-for-the-injured-party"
    PUBLIC_COUNSEL = "public-counsel"
    LEGAL_AID = "legal-aid-counsel"


class Counsel(Begun):
    """A lawyer who was appointed for the victim. `counsel`: the agency, where it is on the bus."""

    task: CounselTask
    appointed_on: date
    counsel: AgencyId | None


class InterviewPlace(StrEnum):
    """Where the victim is interviewed. A Barnahus is a place: its authorities act each for itself."""

    POLICE_STATION = "police-station"
    BARNAHUS = "barnahus"
    SHELTER = "shelter"
    COUNSELS_OFFICE = "counsels-office"
    REMOTE = "remote"
    OTHER = "other"


class Interview(Begun):
    """An interview with the victim, planned or held."""

    planned_on: date | None
    held_on: date | None = None


class CourtInstance(StrEnum):
    """The court that gives a judgment."""

    DISTRICT_COURT = "district-court"
    COURT_OF_APPEAL = "court-of-appeal"
    SUPREME_COURT = "supreme-court"


class Verdict(StrEnum):
    """How a charge ended in one instance."""

    CONVICTED = "convicted"
    PARTLY_CONVICTED = "partly-convicted"
    ACQUITTED = "acquitted"
    DISMISSED = "dismissed"


class Charge(Begun):
    """A charge against whoever is suspected of exploiting the victim, with its trial and its latest judgment."""

    charged_on: date
    court: AgencyId | None
    trial_starts_on: date | None = None
    trial_ends_on: date | None = None
    damages_claimed_sek: SEK | None = None
    judged_on: date | None = None
    instance: CourtInstance | None = None
    verdict: Verdict | None = None
    damages_awarded_sek: SEK | None = None
    final: bool = False


class NonPunishment(StrEnum):
    """What a prosecutor decides on an offence that the victim was made to commit."""

    NOT_PROSECUTED = "not-prosecuted"
    INVESTIGATION_DISCONTINUED = "investigation-discontinued"
    PROSECUTED = "prosecuted"


class NonPunishmentDecision(Begun):
    """A prosecutor has considered whether the victim is to be punished for an offence committed under compulsion."""

    result: NonPunishment
    decided_on: date


class Compensation(Begun):
    """A claim for the state's compensation to a victim of crime, and its decision."""

    claimed_by: AgencyId
    claimed_on: date
    claimed_sek: SEK | None
    decision: Decision = Decision.PENDING
    awarded_sek: SEK | None = None
