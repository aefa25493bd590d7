"""Whom to turn to: the hotline now, contacts, each municipality's county and regional coordinator (R13, R16)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.sweden import hotline
from contracts.sweden.geography.regions import CoordinatorRegion
from gateway.answers.base import Listing, Page
from gateway.answers.contacts import ContactDetails, Coordinator, Hotline, MunicipalityDetails, MunicipalitySummary
from gateway.described import Limit, PageNumber, documented
from gateway.problems import Kind, ProblemError
from gateway.service import Service

Search = Annotated[str, Query(max_length=100, description="A part of the name, or the beginning of the code.")]


def routes(service: Service) -> APIRouter:
    """The routes of whom to turn to."""
    router = APIRouter(prefix="/v1", tags=["contacts"])
    sweden = service.sweden
    contacts = Listing[ContactDetails](items=tuple(map(ContactDetails.of, sweden.contacts.values())))
    found = (Coordinator.of(region, sweden) for region in CoordinatorRegion)
    coordinators = Listing[Coordinator](items=tuple(one for one in found if one is not None))

    @router.get("/hotline", response_model=Hotline)
    async def read_hotline(request: Request) -> Response:
        """Whether the hotline for professionals is open now, when that changes, and its number."""
        service.caller(request)
        return Hotline.of(hotline.status(service.clock()), sweden.hotline).response()

    @router.get("/contacts", response_model=Listing[ContactDetails])
    async def list_contacts(request: Request) -> Response:
        """Everybody whom a professional may call about trafficking."""
        service.caller(request)
        return contacts.response()

    @router.get("/coordinators", response_model=Listing[Coordinator])
    async def list_coordinators(request: Request) -> Response:
        """The regional coordinators, and the counties that each serves."""
        service.caller(request)
        return coordinators.response()

    @router.get("/municipalities", response_model=Page[MunicipalitySummary], responses=documented(422))
    async def list_municipalities(
        request: Request, search: Search = "", limit: Limit = 20, page: PageNumber = 1
    ) -> Response:
        """Municipalities by name, those that a search finds; accents do not matter."""
        service.caller(request)
        matching = sweden.search(search)
        part = matching[limit * (page - 1) :][:limit]
        items = tuple(map(MunicipalitySummary.of, part))
        return Page[MunicipalitySummary](items=items, total=len(matching), limit=limit, page=page).response()

    @router.get("/municipalities/{code}", response_model=MunicipalityDetails, responses=documented(404))
    async def read_municipality(request: Request, code: str) -> Response:
        """A municipality with its county and its regional coordinator, by Statistics Sweden's code."""
        service.caller(request)
        municipality = sweden.municipalities.get(code)
        if municipality is None:
            raise ProblemError(Kind.NOT_FOUND, "There is no such municipality.")
        return MunicipalityDetails.of(municipality, sweden).response()

    return router
