"""The directory: who is on the bus, who is certified, where places are free, what trainings were held; and what the
mandate lets this agency say in it. Nothing here names or implies a victim.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.vocabulary.agencies import AgencyKind
from contracts.vocabulary.choices import Service as SupportService
from gateway.answers.base import Listing, Page
from gateway.answers.cases import Recorded
from gateway.answers.directory import CertifiedProvider, FreePlaces, ListedAgency, Training
from gateway.answers.receipts import answer
from gateway.described import Day, Limit, PageNumber, directory_operation, documented
from gateway.service import Service
from gateway.submissions import read_directory_submission

OfKind = Annotated[AgencyKind | None, Query(description="Only agencies of this kind.")]
ForService = Annotated[SupportService | None, Query(description="Only for this support service.")]
InRegion = Annotated[str | None, Query(pattern=r"^[0-9]{2}$", description="Only in this region, by its two digits.")]
ForChild = Annotated[bool, Query(description="Only places that take children.")]


def routes(service: Service) -> APIRouter:
    """The routes of the directory."""
    router = APIRouter(prefix="/v1/directory", tags=["directory"])
    node = service.node

    @router.get("", response_model=Page[ListedAgency], responses=documented(422))
    async def list_agencies(request: Request, kind: OfKind = None, limit: Limit = 20, page: PageNumber = 1) -> Response:
        """The agencies on the bus, in the order of their admission; also those that are suspended."""
        service.caller(request)
        entries = [entry for entry in node.directory.view.agencies if kind in (None, entry.kind)]
        part = entries[limit * (page - 1) :][:limit]
        items = tuple(ListedAgency.of(entry, service.today) for entry in part)
        return Page[ListedAgency](items=items, total=len(entries), limit=limit, page=page).response()

    @router.get("/providers", response_model=Listing[CertifiedProvider], responses=documented(422))
    async def list_providers(
        request: Request, offering: Annotated[ForService, Query(alias="service")] = None, on: Day | None = None
    ) -> Response:
        """The providers whose certificates are in force on a Swedish day (today's when left out), by name."""
        service.caller(request)
        day, now = service.today if on is None else on, service.clock()
        found = [
            CertifiedProvider.of(entry, certificate)
            for entry in node.directory.view.agencies
            for certificate in entry.certifications
            if entry.active(now) and certificate.in_force(day) and offering in (None, *certificate.services)
        ]
        found.sort(key=lambda one: (one.name, one.agency, one.valid_until))
        return Listing[CertifiedProvider](items=tuple(found)).response()

    @router.get("/capacity", response_model=Listing[FreePlaces], responses=documented(422))
    async def list_capacity(
        request: Request,
        offering: Annotated[ForService, Query(alias="service")] = None,
        region: InRegion = None,
        for_child: ForChild = False,
    ) -> Response:
        """Free places as providers have announced them, most places first."""
        service.caller(request)
        now = service.clock()
        found = [
            FreePlaces.of(entry, capacity)
            for entry in node.directory.view.agencies
            for capacity in entry.capacities
            if entry.active(now)
            and capacity.places > 0
            and offering in (None, capacity.service)
            and region in (None, capacity.region)
            and (capacity.takes_children or not for_child)
        ]
        found.sort(key=lambda one: (-one.places, one.agency, one.service))
        return Listing[FreePlaces](items=tuple(found)).response()

    @router.get("/trainings", response_model=Page[Training], responses=documented(422))
    async def list_trainings(request: Request, limit: Limit = 20, page: PageNumber = 1) -> Response:
        """The trainings that the coordinator has held, the latest first."""
        service.caller(request)
        held = sorted(node.directory.view.trainings, key=lambda one: one.held_on, reverse=True)
        items = tuple(map(Training.of, held[limit * (page - 1) :][:limit]))
        return Page[Training](items=items, total=len(held), limit=limit, page=page).response()

    @router.post("/events", status_code=201, response_model=Recorded, **directory_operation(service.mandate))
    async def issue_directory_event(request: Request) -> Response:
        """Say something in the directory, for everybody on the bus to read.

        Admissions, changed duties, keys and suspensions take the root key at this service."""
        submission = await read_directory_submission(request, service, service.submitter(request))
        receipt = await node.submit(submission)
        return answer(receipt, f"/v1/submissions/{receipt.event_id}")

    return router
