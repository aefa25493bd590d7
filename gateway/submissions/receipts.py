"""The response to a submission: 201 when the event is in the log, 202 when it is kept on this service's disk.

A dry run is answered 200.
"""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import Response

from bus.directory.directory import DIRECTORY_ID
from bus.store import OutboxStatus
from bus.submission.submission import Receipt, Submission
from contracts.errors import StafettError
from contracts.vocabulary.wording import Wording
from gateway.context import GatewayContext
from gateway.http.entity_tags import awaited, entity_tag
from gateway.http.problems import ProblemError, ProblemKind
from gateway.submissions.schemas import DryRun, Kept, Recorded


async def receipt_response(context: GatewayContext, receipt: Receipt, location: str) -> Response:
    """The response for a receipt. `location`: the path at which the event can be read when it is in the log."""
    if receipt.status is OutboxStatus.DELIVERED and receipt.version is not None and receipt.sequence is not None:
        recorded = Recorded(
            event_id=receipt.event_id, case_id=receipt.case_id, version=receipt.version, sequence=receipt.sequence
        )
        return recorded.response(201, Location=location, **await tag_after(context, receipt))
    kept = Kept(event_id=receipt.event_id, case_id=receipt.case_id, status=receipt.status)
    return kept.response(202, Location=f"/v1/submissions/{receipt.event_id}")


async def tag_after(context: GatewayContext, receipt: Receipt) -> dict[str, str]:
    """The header `ETag` with the case as the event left it, for the caller's next `If-Match`.

    It is left out when somebody has written since, since the caller has not seen that, and when the case cannot be
    read: the event is in the log all the same.
    """
    if receipt.case_id != DIRECTORY_ID:
        with suppress(StafettError):
            case = await context.node.replica.case(receipt.case_id)
            if case.chain.version == receipt.version:
                return {"ETag": entity_tag(case.view.digest, awaited(case))}
    return {}


async def dry_run_response(context: GatewayContext, submission: Submission) -> Response:
    """The response to a dry run of an event that would be taken. Raises what the submission itself would.

    A key would be remembered with an answer that is not that of the event, so a dry run takes none.
    """
    if submission.idempotency_key is not None:
        detail = Wording(
            "Idempotency-Key: a dry run stores nothing, so that it can be repeated without one. Leave it out.",
            "Idempotency-Key: en provkörning sparar inget och kan upprepas utan nyckel. Utelämna den.",
        )
        raise ProblemError(ProblemKind.INVALID_HEADER, detail)
    await context.node.try_out(submission)
    return DryRun(would="be-accepted").response()
