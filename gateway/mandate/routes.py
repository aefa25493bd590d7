"""The routes of the mandate: the events that this agency may issue, the rules that judge them, and the texts that are
explained before a consent.
"""

from __future__ import annotations

from functools import cache
from inspect import getdoc

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.event.case_event import CaseEvent, Chapter
from contracts.event.published_event import PublishedEvent
from contracts.law.in_force import RULESETS
from contracts.sweden.consent_texts import CONSENT_TEXTS
from contracts.sweden.labels.swedish import LABELS
from contracts.vocabulary.agencies import NO_PERSON
from gateway.context import Context
from gateway.http.response_models import Listing, Text
from gateway.mandate.schemas import ExplainedText, IssuableEvent, RulesetText, RuleText

router = APIRouter(prefix="/v1", tags=["mandate"])


@router.get("/events", response_model=Listing[IssuableEvent])
async def list_issuable_events(request: Request, context: Context) -> Response:
    """The events that this agency may issue, each with the role that may issue it and its schema.

    Send the events of the chapter `directory` to `/v1/directory/events`, and all others to a case."""
    context.authorise.reader(request)
    events = (*context.mandate.roles.items(), *context.mandate.directory_roles.items())
    return Listing[IssuableEvent](items=tuple(_issuable(event, role) for event, role in events)).response()


@router.get("/rules", response_model=Listing[RulesetText])
async def list_rules(request: Request, context: Context) -> Response:
    """Every ruleset, the oldest first. The ruleset in force when an event occurred judges that event."""
    context.authorise.reader(request)
    return Listing[RulesetText](items=_rulesets()).response()


@router.get("/consent-texts", response_model=Listing[ExplainedText])
async def list_consent_texts(request: Request, context: Context) -> Response:
    """The texts that are explained to a person before she consents, the oldest first. A consent names one by its id."""
    context.authorise.reader(request)
    return Listing[ExplainedText](items=tuple(map(ExplainedText.of, CONSENT_TEXTS))).response()


@cache  # making a schema takes long
def _issuable(event: type[PublishedEvent], role: str) -> IssuableEvent:
    return IssuableEvent(
        name=event.__name__,
        type=event.type_name(),
        title=(getdoc(event) or "").partition("\n")[0],
        label=Text.model_validate(LABELS.event(event).label),
        role=role,
        by_people=role not in NO_PERSON,
        chapter=event.chapter if issubclass(event, CaseEvent) else "directory",
        opens_case=issubclass(event, CaseEvent) and event.chapter is Chapter.DETECTION,
        schema_uri=event.schema_uri(),
        schema_address=f"/schemas/{event.__name__}.v{event.version}",
        data_schema=event.model_json_schema(),
        example=event.example,
    )


@cache
def _rulesets() -> tuple[RulesetText, ...]:
    return tuple(
        RulesetText(
            id=ruleset.id,
            in_force_from=ruleset.in_force_from,
            adopted_at=ruleset.adopted_at,
            rules=tuple(
                RuleText(
                    id=rule.id,
                    text=Text(en=rule.wording.en, sv=rule.wording.sv),
                    source=rule.source,
                    judges=tuple(event.__name__ for event in rule.judges),
                )
                for rule in ruleset.rules
            ),
        )
        for ruleset in RULESETS
    )
