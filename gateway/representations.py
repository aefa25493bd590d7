"""What the gateway answers with. The OpenAPI document shows these very models."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import Response

from bus.case_file import SetAside
from bus.envelope import Envelope
from bus.outbox import Receipt
from bus.store import OutboxStatus
from contracts.agencies import AgencyId
from contracts.states import CaseStatus, Identification
from contracts.view import CaseView
from contracts.vocabulary import AgeBand, ExploitationForm, MunicipalityCode, RegionCode, ResidenceSituation

Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Answer(BaseModel):
    """Base of the answers."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    def response(self, status: int = 200, **headers: str) -> Response:
        """The answer as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(self.model_dump_json().encode(), status, named, "application/json")


class Recorded(Answer):
    """The event is in the log, at this sequence, as this version of the case."""

    event_id: Uuid
    case_id: Uuid
    version: int
    sequence: int


class Kept(Answer):
    """The event is on this service's disk. It is sent when it can be; its submission tells what became of it."""

    event_id: Uuid
    case_id: Uuid
    status: OutboxStatus


class SubmissionState(Answer):
    """What became of an event that this agency issued. `reason`: the rule that refused it by the time it was sent."""

    event_id: Uuid
    case_id: Uuid
    status: OutboxStatus
    version: int | None
    sequence: int | None
    reason: str | None

    @classmethod
    def of(cls, receipt: Receipt) -> SubmissionState:
        """What the outbox says."""
        return cls.model_validate(receipt)


class CaseSummary(Answer):
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

    @classmethod
    def of(cls, view: CaseView) -> CaseSummary:
        """The view in short."""
        return cls.model_validate(view)


class Setback(Answer):
    """Why an event's content had no effect."""

    reason: str
    detail: str


class HistoricEvent(Answer):
    """An event of a case: its envelope's attributes, and its data.

    `set_aside` says why the content had no effect on the case, if it had none; unreadable data is null.
    """

    event_id: Uuid
    type: str
    agency: AgencyId
    version: int
    occurred_at: datetime | None
    recorded_at: datetime
    ruleset: str
    hash: Sha256
    previous: Sha256
    correlation_id: str
    causation_id: str
    set_aside: Setback | None
    data: dict[str, JsonValue] | None

    @classmethod
    def of(cls, envelope: Envelope, data: dict[str, Any] | None, aside: SetAside | None) -> HistoricEvent:
        """An accepted envelope, its parsed data, and why that was set aside."""
        return cls(
            event_id=envelope.event_id,
            type=envelope.type,
            agency=envelope.agency,
            version=envelope.version,
            occurred_at=None if data is None else data["occurred_at"],
            recorded_at=envelope.recorded_at,
            ruleset=envelope.ruleset,
            hash=envelope.hash,
            previous=envelope.previous,
            correlation_id=envelope.correlation_id,
            causation_id=envelope.causation_id,
            set_aside=None if aside is None else Setback.model_validate(aside),
            data=data,
        )


class NeedsAttention(Answer):
    """An event of this agency that the rules refused by the time it could be sent."""

    event_id: Uuid
    case_id: Uuid
    type: str
    recorded_at: datetime
    reason: Annotated[str | None, Field(description="The id of the rule that objects.")]
    data: dict[str, JsonValue]


class QuarantinedMessage(Answer):
    """A message of the log that was set aside. `case_id` is null when this agency takes no part in the case."""

    incarnation: int
    sequence: int
    case_id: Uuid | None
    event_id: Uuid | None
    agency: str
    reason: str
    detail: str


class Text(Answer):
    """The same in English and Swedish."""

    en: str
    sv: str


class OpenTask(Answer):
    """Something for a caseworker to do."""

    task_id: str
    case_id: Uuid
    text: Text
    due: str | None


class RuleText(Answer):
    """A rule: its id, what it says, where it stands, and the events that it judges."""

    id: str
    text: Text
    source: str
    judges: tuple[str, ...]


class RulesetText(Answer):
    """The rules in force from a date until the next ruleset's."""

    id: str
    in_force_from: date
    rules: tuple[RuleText, ...]


class IssuableEvent(Answer):
    """An event that this agency may issue, the role that it takes, and the JSON Schema of its data."""

    name: str
    type: str
    title: str
    role: str
    chapter: str
    opens_case: bool
    schema_uri: str
    data_schema: dict[str, Any]
    example: dict[str, JsonValue]


class Health(Answer):
    """Each part's trouble in plain words, or null when it is well."""

    status: Literal["alive", "ready"]
    broker: str | None = None
    store: str | None = None
    replica: str | None = None


class ApiInfo(Answer):
    """About this API, in the form of Sweden's REST API profile."""

    apiName: str
    apiVersion: str
    apiReleased: date
    apiDocumentation: str
    apiStatus: Literal["alpha", "beta", "active", "deprecated", "retired"]


Item = TypeVar("Item", bound=Answer)


class Page(Answer, Generic[Item]):
    """Part of a list: its items, how many there are in all, and which part this is."""

    items: tuple[Item, ...]
    total: int
    limit: int
    page: int


class Listing(Answer, Generic[Item]):
    """A whole list."""

    items: tuple[Item, ...]
