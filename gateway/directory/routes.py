"""The routes of the directory: agencies, certified providers, free places, trainings, and the events that change it.

Nothing here names or implies a victim.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.vocabulary.agencies import AgencyKind
from contracts.vocabulary.choices import Service
from gateway.context import Context
from gateway.directory.schemas import CertifiedProvider, Delegate, FreePlaces, ListedAgency, Training
from gateway.http.openapi_parts import EventBody, documented, submission_operation
from gateway.http.paging import Cursor, numbered, paged, part_of, place_of
from gateway.http.parameters import DryRun, Limit, OnDay, PageNumber
from gateway.http.response_models import Listing, Page
from gateway.submissions.receipts import dry_run_response, receipt_response
from gateway.submissions.requests import read_directory_submission
from gateway.submissions.schemas import Recorded

OfKind = Annotated[AgencyKind | None, Query(description="Only agencies of this kind.")]
ForService = Annotated[Service | None, Query(description="Only for this support service.")]
InRegion = Annotated[str | None, Query(pattern=r"^[0-9]{2}$", description="Only in this region, by its two digits.")]
ForChild = Annotated[bool, Query(description="Only places that take children.")]

router = APIRouter(prefix="/v1/directory", tags=["directory"])


@router.get("", response_model=Page[ListedAgency], responses=documented(422))
async def list_agencies(
    request: Request,
    context: Context,
    kind: OfKind = None,
    limit: Limit = 20,
    page: PageNumber = 1,
    cursor: Cursor = None,
) -> Response:
    """The agencies on the bus, in the order of their admission, including suspended ones."""
    context.authorise.reader(request)
    entries = [entry for entry in context.node.directory.view.agencies if kind in (None, entry.kind)]
    found = part_of(numbered(entries), place_of(cursor, int), limit, page)
    items = tuple(ListedAgency.of(entry, context.today) for entry in found.items)
    return paged(request, Page[ListedAgency], items, found, limit=limit, page=page)


@router.get("/providers", response_model=Listing[CertifiedProvider], responses=documented(422))
async def list_providers(
    request: Request,
    context: Context,
    offering: Annotated[ForService, Query(alias="service")] = None,
    on: OnDay = None,
) -> Response:
    """The providers with a certificate in force on a Swedish day (`on`, today when left out), by name."""
    context.authorise.reader(request)
    day, now = context.today if on is None else on, context.clock()
    found = [
        CertifiedProvider.of(entry, certificate)
        for entry in context.node.directory.view.agencies
        for certificate in entry.certifications
        if entry.active(now) and certificate.in_force(day) and offering in (None, *certificate.services)
    ]
    found.sort(key=lambda one: (one.name, one.agency, one.valid_until))
    return Listing[CertifiedProvider](items=tuple(found)).response()


@router.get("/capacity", response_model=Listing[FreePlaces], responses=documented(422))
async def list_capacity(
    request: Request,
    context: Context,
    offering: Annotated[ForService, Query(alias="service")] = None,
    region: InRegion = None,
    for_child: ForChild = False,
) -> Response:
    """The free places that providers have announced, most places first."""
    context.authorise.reader(request)
    now = context.clock()
    found = [
        FreePlaces.of(entry, capacity)
        for entry in context.node.directory.view.agencies
        for capacity in entry.capacities
        if entry.active(now)
        and capacity.places > 0
        and offering in (None, capacity.service)
        and region in (None, capacity.region)
        and (capacity.takes_children or not for_child)
    ]
    found.sort(key=lambda one: (-one.places, one.agency, one.service))
    return Listing[FreePlaces](items=tuple(found)).response()


@router.get("/delegates", response_model=Listing[Delegate])
async def list_delegates(request: Request, context: Context) -> Response:
    """The agencies that receive for others that are not on the bus, by the agency that each receives for."""
    context.authorise.reader(request)
    view = context.node.directory.view
    found = [each for each in view.delegations if view.delegation(each.agency) is not None]
    found.sort(key=lambda one: one.agency)
    return Listing[Delegate](items=tuple(map(Delegate.model_validate, found))).response()


@router.get("/trainings", response_model=Page[Training], responses=documented(422))
async def list_trainings(
    request: Request, context: Context, limit: Limit = 20, page: PageNumber = 1, cursor: Cursor = None
) -> Response:
    """The trainings that the coordinator has held, the latest first."""
    context.authorise.reader(request)
    told = (
        (_latest_first(one.held_on, number), one) for number, one in enumerate(context.node.directory.view.trainings)
    )
    held = sorted(told, key=lambda placed: placed[0])
    found = part_of(held, place_of(cursor, int, int), limit, page)
    items = tuple(map(Training.of, found.items))
    return paged(request, Page[Training], items, found, limit=limit, page=page)


@router.post("/events", status_code=201, response_model=Recorded, **submission_operation(EventBody.DIRECTORY_EVENT))
async def issue_directory_event(request: Request, context: Context, dry_run: DryRun = False) -> Response:
    """Issue an event of the directory, for everybody on the bus to read.

    Admissions, changes of duties, keys and suspensions are possible only at the service that holds the root key."""
    submission = await read_directory_submission(request, context, context.authorise.submitter(request))
    if dry_run:
        return await dry_run_response(context, submission)
    receipt = await context.node.submit(submission)
    return await receipt_response(context, receipt, f"/v1/submissions/{receipt.event_id}")


def _latest_first(day: date, number: int) -> tuple[int, int]:
    """A place that sorts the latest day first, and within a day by number."""
    return date.max.toordinal() - day.toordinal(), number
