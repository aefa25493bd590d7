"""Refusals: the victim says no to sharing the case, or to help. Only that is recorded, and no reason."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.law.rule import NOT_IN_THE_SOURCES, mandate
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, evolves_part
from contracts.view.parts.refusals import SaidNo
from contracts.vocabulary.agencies import ANY_AGENCY
from contracts.vocabulary.choices import Purpose, Service
from contracts.vocabulary.parts import Part


class ConsentRefused(CaseEvent, chapter=Chapter.CONSENT, issuers=ANY_AGENCY):
    """The victim was asked for consent to share the case for some purposes, and said no."""

    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=8)]

    example: ClassVar[Example] = {"occurred_at": "2024-04-03T09:00:00Z", "purposes": ["investigation"]}


class HelpDeclined(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=ANY_AGENCY, part=Part.SUPPORT, details=()):
    """The victim was offered some services and said no; a no to a return takes an earlier choice to return back."""

    services: Annotated[tuple[Service, ...], Field(min_length=1, max_length=14)]

    example: ClassVar[Example] = {"occurred_at": "2024-04-03T10:00:00Z", "services": ["safe-accommodation"]}


@evolves(ConsentRefused)
def consent_refused(case: CaseView, event: ConsentRefused, by: Provenance) -> CaseView:
    refused = SaidNo(id=by.event_id, asked_by=by.agency, purposes=event.purposes)
    return case.advanced(refusals=(*case.refusals, refused))


@evolves(HelpDeclined)
def help_declined(case: CaseView, event: HelpDeclined, by: Provenance) -> CaseView:
    refused = SaidNo(id=by.event_id, asked_by=by.agency, services=event.services)
    return case.advanced(refusals=(*case.refusals, refused))


@evolves_part(HelpDeclined)
def return_declined(case: CaseView, event: HelpDeclined, by: Provenance) -> CaseView:
    return case.changed(return_choices=()) if Service.SAFE_RETURN in event.services else case


agencies_record_refusals: Final = mandate(
    "R3",
    ConsentRefused,
    HelpDeclined,
    en="The agency that asked records that the victim said no, and nothing more; a no closes no door.",
    sv="Den aktör som frågade registrerar att den utsatta sa nej, och inget mer; ett nej stänger ingen dörr.",
    source=f"{NOT_IN_THE_SOURCES}: help rests on consent, and consent can be refused.",
)
