"""The routes of replays, for auditors."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from bus.replay.account import CaseDifference, Replay
from bus.replay.moment import moment
from bus.replay.replaying import ReplayWish
from gateway.context import Context, replaying
from gateway.http.disconnect import while_connected
from gateway.http.openapi_parts import documented
from gateway.http.parameters import AfterVersion, At, LongLimit

AsAgency = Annotated[
    str | None,
    Query(alias="as", description="The agency as which to read, of those in the directory; by default this one."),
]
UnderRuleset = Annotated[
    str | None, Query(description="Another ruleset, such as SE-2024-04, to judge each step by on the case as it was.")
]
From = Annotated[
    str, Query(alias="from", description="The first version or moment.", json_schema_extra={"maxLength": 40})
]
To = Annotated[str, Query(alias="to", description="The last version or moment.", json_schema_extra={"maxLength": 40})]

router = APIRouter(prefix="/v1/cases/{case_id}/replay", tags=["replay"])


@router.get("", response_model=Replay, responses=documented(400, 404, 422, 503))
async def show_replay(
    request: Request,
    context: Context,
    case_id: str,
    at: At = None,
    as_agency: AsAgency = None,
    ruleset: UnderRuleset = None,
    after: AfterVersion = 0,
    limit: LongLimit = 100,
) -> Response:
    """Replay the case step by step up to a version or a moment, as an agency could read it then, and say on what ground
    it could. Of this agency, at a moment, it tells what had been received and could be opened by then; for an auditor.
    """
    caller = context.authorise.auditor(request)
    asked = ReplayWish(None if at is None else moment(at), as_agency, ruleset, after, limit)
    await context.opened(caller, case_id)
    replayer = await replaying(context, case_id)
    return await while_connected(request, _answer(replayer.replay(asked)))


@router.get("/difference", response_model=CaseDifference, responses=documented(400, 404, 422, 503))
async def show_difference(
    request: Request, context: Context, case_id: str, first: From, last: To, as_agency: AsAgency = None
) -> Response:
    """The difference between two versions or moments of the case, as an agency could read it; for an auditor."""
    caller = context.authorise.auditor(request)
    begin, end = moment(first, "from"), moment(last, "to")
    await context.opened(caller, case_id)
    replayer = await replaying(context, case_id)
    return await while_connected(request, _answer(replayer.difference(begin, end, as_agency)))


async def _answer(telling: Awaitable[BaseModel]) -> Response:
    told = await telling
    return Response(told.model_dump_json().encode(), 200, {"Cache-Control": "private, no-cache"}, "application/json")
