"""The routes for the operator: whether the service is alive and ready, and its metrics.

They need no token, and tell nothing about cases. A service that begins to stop is no longer ready, so that load
balancers send it no more requests.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

from contracts.vocabulary.wording import Wording
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.problems import ProblemError, ProblemKind
from gateway.operation.schemas import ServiceHealth

router = APIRouter(tags=["operation"])


@router.get("/health/live", response_model=ServiceHealth)
async def alive() -> Response:
    """The process is alive."""
    return ServiceHealth(status="alive").response()


@router.get("/health/ready", response_model=ServiceHealth, responses=documented(503))
async def ready(context: Context) -> Response:
    """The service is ready; `degraded` names what a person should look at.

    When the service is not ready, the answer is a problem that names the trouble of each part."""
    condition = context.node.health()
    if context.ending.is_set() or not condition.ready:
        troubles = asdict(condition) | {"service": "the service is stopping" if context.ending.is_set() else None}
        raise ProblemError(
            ProblemKind.NOT_READY,
            Wording("The members name each part's trouble.", "Fälten säger vad som är fel med varje del."),
            troubles,
        )
    degraded = (*condition.degraded, *(trouble for part in context.beside for trouble in part()))
    status: Literal["ready", "degraded"] = "degraded" if degraded else "ready"
    return ServiceHealth(status=status, degraded=degraded, lists=condition.lists).response()


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def read_metrics(context: Context) -> Response:
    """The metrics in Prometheus's text format."""
    return Response(generate_latest(context.metrics.registry), media_type=CONTENT_TYPE_LATEST)
