"""What this agency may issue, and the rules that judge it."""

from __future__ import annotations

from functools import cache
from inspect import getdoc

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.agencies import NO_PERSON
from contracts.event import CaseEvent, Chapter, PublishedEvent
from contracts.rulesets import RULESETS
from gateway.answers.base import Listing, Text
from gateway.answers.service import IssuableEvent, RulesetText, RuleText
from gateway.service import Service


def routes(service: Service) -> APIRouter:
    """The routes about the mandate."""
    router = APIRouter(prefix="/v1", tags=["mandate"])
    events = Listing[IssuableEvent](
        items=tuple(
            _issuable(event, role)
            for event, role in (*service.mandate.roles.items(), *service.mandate.directory_roles.items())
        )
    )
    rules = Listing[RulesetText](items=_rulesets())

    @router.get("/events", response_model=Listing[IssuableEvent])
    async def list_events(request: Request) -> Response:
        """The events that this agency may issue, each with the role that it takes and its schema.

        Those of the chapter `directory` go to `/v1/directory/events`, all others to a case."""
        service.caller(request)
        return events.response()

    @router.get("/rules", response_model=Listing[RulesetText])
    async def list_rules(request: Request) -> Response:
        """Every ruleset, the oldest first. An event is judged by the one in force when it occurred."""
        service.caller(request)
        return rules.response()

    return router


@cache  # which an event is in each mandate alike
def _issuable(event: type[PublishedEvent], role: str) -> IssuableEvent:
    return IssuableEvent(
        name=event.__name__,
        type=event.type_name(),
        title=(getdoc(event) or "").partition("\n")[0],
        role=role,
        by_people=role not in NO_PERSON,
        chapter=event.chapter if issubclass(event, CaseEvent) else "directory",
        opens_case=issubclass(event, CaseEvent) and event.chapter is Chapter.DETECTION,
        schema_uri=event.schema_uri(),
        data_schema=event.model_json_schema(),
        example=event.example,
    )


def _rulesets() -> tuple[RulesetText, ...]:
    return tuple(
        RulesetText(
            id=ruleset.id,
            in_force_from=ruleset.in_force_from,
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
