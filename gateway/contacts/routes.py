"""The routes of contacts: the hotline, the regional coordinators, the agencies of a municipality (R13, R16)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.sweden import hotline
from contracts.sweden.geography.contacts import ContactKind
from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.vocabulary.wording import Wording
from gateway.contacts.schemas import ContactDetails, Coordinator, Hotline, MunicipalityDetails, MunicipalitySummary
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.paging import Cursor, numbered, paged, part_of, place_of
from gateway.http.parameters import Limit, PageNumber
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.response_models import Listing, Page

Search = Annotated[str, Query(max_length=100, description="A part of the name, or the beginning of the code.")]
OfKind = Annotated[ContactKind | None, Query(description="Only contacts of this kind.")]
MemberOf = Annotated[str | None, Query(max_length=100, description="Only members of the contact with this id.")]

router = APIRouter(prefix="/v1", tags=["contacts"])


@router.get("/hotline", response_model=Hotline)
async def read_hotline(request: Request, context: Context) -> Response:
    """The hotline for professionals: whether it is open now, when that changes, and its number."""
    context.authorise.reader(request)
    return Hotline.of(hotline.status(context.clock()), context.sweden, context.node.directory.view).response()


@router.get("/contacts", response_model=Listing[ContactDetails], responses=documented(422))
async def list_contacts(
    request: Request, context: Context, kind: OfKind = None, member_of: MemberOf = None
) -> Response:
    """Everybody whom a professional may call about trafficking."""
    context.authorise.reader(request)
    directory = context.node.directory.view
    items = tuple(
        ContactDetails.of(contact, directory)
        for contact in context.sweden.contacts.values()
        if kind in (None, contact.kind) and member_of in (None, contact.member_of)
    )
    return Listing[ContactDetails](items=items).response()


@router.get("/coordinators", response_model=Listing[Coordinator])
async def list_coordinators(request: Request, context: Context) -> Response:
    """The regional coordinators, and the counties that each serves."""
    context.authorise.reader(request)
    found = (Coordinator.of(region, context.sweden, context.node.directory.view) for region in CoordinatorRegion)
    return Listing[Coordinator](items=tuple(one for one in found if one is not None)).response()


@router.get("/municipalities", response_model=Page[MunicipalitySummary], responses=documented(422))
async def list_municipalities(
    request: Request,
    context: Context,
    search: Search = "",
    limit: Limit = 20,
    page: PageNumber = 1,
    cursor: Cursor = None,
) -> Response:
    """The municipalities that the search finds, by name. Case and accents do not matter."""
    context.authorise.reader(request)
    found = part_of(numbered(context.sweden.search(search)), place_of(cursor, int), limit, page)
    items = tuple(map(MunicipalitySummary.of, found.items))
    return paged(request, Page[MunicipalitySummary], items, found, limit=limit, page=page)


@router.get("/municipalities/{code}", response_model=MunicipalityDetails, responses=documented(404))
async def read_municipality(request: Request, context: Context, code: str) -> Response:
    """The municipality with this code of Statistics Sweden, with its county and its regional coordinator."""
    context.authorise.reader(request)
    municipality = context.sweden.municipalities.get(code)
    if municipality is None:
        raise ProblemError(
            ProblemKind.NOT_FOUND, Wording("There is no such municipality.", "Det finns ingen sådan kommun.")
        )
    return MunicipalityDetails.of(municipality, context.sweden, context.node.directory.view).response()
