"""The response models of cases and their events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, JsonValue, TypeAdapter

from bus.envelope.envelope import Envelope
from bus.read_models.cases import ListedCase
from bus.replay.times import ArrivalTimes, part_of_details
from bus.void_event import VoidEvent
from contracts.law.bitemporal import LATE_AFTER, recorded_late_by
from contracts.view.parts.identification import Identification
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import AgeBand, ExploitationForm, ResidenceSituation
from contracts.vocabulary.codes import MunicipalityCode, RegionCode
from contracts.vocabulary.parts import Part
from gateway.http.response_models import ResponseModel, Setback, Sha256, Uuid

_MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)


class CaseSummary(ResponseModel):
    """A case in a list."""

    case_id: Uuid
    version: int
    status: CaseStatus
    opened_by: AgencyId | None
    lead: AgencyId | None
    identification: Identification | None
    exploitation_forms: tuple[ExploitationForm, ...]
    age_band: AgeBand
    residence: ResidenceSituation
    region: RegionCode | None
    municipality: MunicipalityCode | None
    updated_at: Annotated[
        datetime | None, Field(description="When its last event was recorded; null while the lists are rebuilt.")
    ]

    @classmethod
    def of(cls, case: ListedCase) -> CaseSummary:
        """The case as the list of the store has it."""
        return cls.model_validate(case)


class HistoricEvent(ResponseModel):
    """An event of a case: the attributes of its envelope, and its data.

    `set_aside`: why the content had no effect on the case, or none on its part; null when it had one. `data`: null when
    this agency cannot read it. `withheld`: the part that the event's details lie in, when this agency does not read it.
    `received_at`, `opened_at`, `details_opened_at`: when this agency received the event, could open it, and could open
    its details; null when that has not come about, or is not known, as of events from before this was kept.
    """

    event_id: Uuid
    type: str
    agency: AgencyId
    version: int
    occurred_at: datetime | None
    recorded_at: datetime
    recorded_late_by: Annotated[
        int | None,
        Field(description=f"Seconds from the fact to its record, when more than {int(LATE_AFTER.total_seconds())}."),
    ]
    ruleset: str
    hash: Sha256
    previous: Sha256
    correlation_id: str
    causation_id: str
    set_aside: Setback | None
    data: dict[str, JsonValue] | None
    withheld: Part | None
    received_at: datetime | None = None
    opened_at: datetime | None = None
    details_opened_at: datetime | None = None

    @classmethod
    def of(
        cls,
        envelope: Envelope,
        data: dict[str, Any] | None,
        aside: VoidEvent | None,
        withheld: Part | None,
        times: ArrivalTimes,
    ) -> HistoricEvent:
        """The model of an accepted envelope, its parsed data, the reason why the data was set aside, the part in which
        the event has details that are not shown, and when this agency received and could open it."""
        part = part_of_details(envelope)
        occurred_at = None if data is None else _MOMENT.validate_python(data["occurred_at"])
        late = None if occurred_at is None else recorded_late_by(occurred_at, envelope.recorded_at)
        return cls(
            event_id=envelope.event_id,
            type=envelope.type,
            agency=envelope.agency,
            version=envelope.version,
            occurred_at=occurred_at,
            recorded_at=envelope.recorded_at,
            recorded_late_by=None if late is None else int(late.total_seconds()),
            ruleset=envelope.ruleset,
            hash=envelope.hash,
            previous=envelope.previous,
            correlation_id=envelope.correlation_id,
            causation_id=envelope.causation_id,
            set_aside=None if aside is None else Setback.model_validate(aside),
            data=data,
            withheld=withheld,
            received_at=times.received_at(envelope),
            opened_at=times.opened_at(envelope, Part.CORE),
            details_opened_at=None if part is Part.CORE else times.opened_at(envelope, part),
        )


class History(ResponseModel):
    """A part of a case's history: the events after a version, in order.

    `total`: how many events the case has. `next`: the `after` of the following part; null when there is none.
    """

    items: tuple[HistoricEvent, ...]
    total: int
    limit: int
    after: int
    next: int | None
