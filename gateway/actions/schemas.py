"""The response models of actions: what may be done in a case now, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Annotated

from pydantic import Field

from contracts.directory.view import DirectoryView
from contracts.event.case_event import CaseEvent, Chapter
from contracts.law.rule import Refusal
from contracts.sweden.guidance.actions import Action
from contracts.sweden.guidance.event_form import Choice, FormField, labelled
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import ANY_AGENCY, AgencyId, AgencyKind, Role
from gateway.http.response_models import ResponseModel, Text, Uuid


class Objection(ResponseModel):
    """A rule that objects: its id and wording, what is missing, and who can supply that."""

    rule: str
    rule_text: Text
    missing: Text
    supplied_by: tuple[str, ...]

    @classmethod
    def of(cls, refusal: Refusal) -> Objection:
        """The objection of a refusal."""
        return cls(
            rule=refusal.rule.id,
            rule_text=Text.model_validate(refusal.rule.wording),
            missing=Text.model_validate(refusal.missing.what),
            supplied_by=refusal.missing.supplied_by,
        )


class ActionNow(ResponseModel):
    """An event that people of this agency issue, and whether it is possible now.

    The service fills in `occurred_at` when it is left out. `GET /v1/events` has the JSON Schema under `schema_uri`.
    """

    type: Annotated[str, Field(description="The event's name, as it is sent.")]
    label: Annotated[Text, Field(description="What a person does who issues it.")]
    says: Annotated[Text, Field(description="What it does.")]
    chapter: Choice
    role: Annotated[Choice, Field(description="The role that its issuer has.")]
    yours: Annotated[bool, Field(description="True if the caller's role and scopes reach as far.")]
    schema_uri: str
    possible: Annotated[
        bool | None,
        Field(description="Null when it hangs on what only the caller can fill in."),
    ]
    objection: Annotated[Objection | None, Field(description="Null unless `possible` is false.")]
    fields: tuple[FormField, ...]

    @classmethod
    def of(cls, action: Action, *, yours: bool) -> ActionNow:
        """An action. `yours`: whether the caller may issue the event."""
        words = LABELS.event(action.event)
        return cls(
            type=action.event.__name__,
            label=Text.model_validate(words.label),
            says=Text.model_validate(words.says),
            chapter=labelled(Chapter(action.event.chapter)),
            role=labelled(Role(action.role)),
            yours=yours,
            schema_uri=action.event.schema_uri(),
            possible=action.possible,
            objection=None if action.refusal is None else Objection.of(action.refusal),
            fields=action.fields,
        )


class Askable(ResponseModel):
    """An agency that can be asked."""

    agency: AgencyId
    kind: AgencyKind
    name: str


class Actions(ResponseModel):
    """What may be done in a case now. `agencies`: those that can be asked, for the fields that name an agency."""

    case_id: Uuid
    version: int
    agencies: tuple[Askable, ...]
    items: tuple[ActionNow, ...]

    @classmethod
    def of(
        cls, case: CaseView, actions: Iterable[Action], yours: Set[type[CaseEvent]], directory: DirectoryView
    ) -> Actions:
        """The actions in a case. `yours`: the events that the caller may issue."""
        askable = (one for one in directory.agencies if one.kind in ANY_AGENCY and not one.suspended)
        return cls(
            case_id=case.case_id,
            version=case.version,
            agencies=tuple(map(Askable.model_validate, askable)),
            items=tuple(ActionNow.of(one, yours=one.event in yours) for one in actions),
        )
