"""The routes of the documents that describe the service to machines. They need no token."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from contracts.published.schema_files import published
from contracts.vocabulary.wording import Wording
from gateway.context import Context
from gateway.documents import openapi
from gateway.documents.published import PublishedDocuments
from gateway.documents.schemas import ApiInfo, PublishedSchema
from gateway.http.openapi_parts import documented
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.response_models import Listing

_SCHEMA: Final = "application/schema+json"
_RELEASED: Final = date(2026, 11, 22)

router = APIRouter(tags=["documents"])


async def _documents_of(request: Request) -> PublishedDocuments:
    documents: PublishedDocuments = request.app.state.documents
    return documents


Documents = Annotated[PublishedDocuments, Depends(_documents_of)]


@router.get("/openapi.json", response_model=dict[str, Any])
async def read_openapi(documents: Documents) -> Response:
    """This interface as OpenAPI 3.1."""
    return _document(documents.openapi())


@router.get("/asyncapi.json", response_model=dict[str, Any])
async def read_asyncapi(documents: Documents) -> Response:
    """The events that this agency sends and receives on the bus, as AsyncAPI 3.0."""
    return _document(documents.asyncapi())


@router.get("/schemas", response_model=Listing[PublishedSchema])
async def list_schemas() -> Response:
    """The JSON Schema of every version of every event that was ever published, with its address."""
    return Listing[PublishedSchema](items=tuple(map(PublishedSchema.named, published()))).response()


@router.get(
    "/schemas/{name}",
    response_class=Response,
    responses=documented(404) | {200: {"content": {_SCHEMA: {"schema": {"type": "object"}}}}},
)
async def read_schema(name: str) -> Response:
    """One published JSON Schema, such as `VictimDetected.v1`. What stands at this address never changes."""
    schema = published().get(name)
    if schema is None:
        raise ProblemError(ProblemKind.NOT_FOUND, Wording("There is no such schema.", "Det finns inget sådant schema."))
    return Response(schema, headers={"Cache-Control": "public, max-age=31536000, immutable"}, media_type=_SCHEMA)


@router.get("/api-info", response_model=ApiInfo)
async def read_api_info(context: Context) -> Response:
    """About this interface, in the form of Sweden's REST API profile."""
    info = ApiInfo(
        apiName=f"stafett-{context.agency}",
        apiVersion=openapi.VERSION,
        apiReleased=_RELEASED,
        apiDocumentation="/openapi.json",
        apiStatus="beta",
    )
    return info.response()


def _document(content: bytes) -> Response:
    return Response(content, headers={"Cache-Control": "public, max-age=60"}, media_type="application/json")
