"""The response models of assistance: who can assist, why, and which steps would bring more help (R8)."""

from __future__ import annotations

from datetime import date

from contracts.law import promises
from contracts.sweden.guidance import entitlement, next_steps
from contracts.sweden.guidance.entitlement import Prospect, Status
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId, AgencyKind
from contracts.vocabulary.choices import Service
from gateway.contacts.schemas import ContactDetails
from gateway.http.response_models import ResponseModel, Text, Uuid


class Entitled(ResponseModel):
    """The help that the victim can expect from one kind of agency, the services that it could give, and why."""

    kind: AgencyKind
    prospect: Prospect
    why: Text
    services: tuple[Service, ...]


class Opening(ResponseModel):
    """A step that would bring more help: the event, the kinds of agency that can issue it, and what it leads to."""

    event: str
    by: tuple[AgencyKind, ...]
    would: Text
    opens: tuple[AgencyKind, ...]


class NotGiven(ResponseModel):
    """A service that an agency accepted to give, and that it has neither given nor reported on in fourteen days."""

    offer_id: Uuid
    recipient: AgencyId
    service: Service
    late_since: date


class Assistance(ResponseModel):
    """The kinds of agency that can assist on a day and why, and the steps that would bring more help (R8).

    `ask`: the regional coordinator of the place where the victim was met (R16); null when the place is not known.
    """

    on: date
    statuses: tuple[Status, ...]
    can_assist: tuple[Entitled, ...]
    would_open_doors: tuple[Opening, ...]
    promised_and_not_given: tuple[NotGiven, ...]
    ask: ContactDetails | None

    @classmethod
    def of(cls, case: CaseView, on: date, ask: ContactDetails | None) -> Assistance:
        """The assistance in this case on this Swedish day. `ask`: the regional coordinator, or None."""
        return cls(
            on=on,
            statuses=tuple(sorted(entitlement.statuses(case, on), key=tuple(Status).index)),
            can_assist=tuple(map(Entitled.model_validate, entitlement.who_can_assist(case, on))),
            would_open_doors=tuple(map(Opening.model_validate, next_steps.what_would_open_doors(case, on))),
            promised_and_not_given=tuple(map(NotGiven.model_validate, promises.promised_and_not_given(case, on))),
            ask=ask,
        )
