"""The response to a submission: 201 when the event is in the log, 202 when it is kept on this service's disk.

A dry run is answered 200.
"""

from __future__ import annotations

from starlette.responses import Response

from bus.store import OutboxStatus
from bus.submission.submission import Receipt, Submission
from contracts.vocabulary.wording import Wording
from gateway.context import GatewayContext
from gateway.http.problems import ProblemError, ProblemKind
from gateway.submissions.schemas import DryRun, Kept, Recorded


def receipt_response(receipt: Receipt, location: str) -> Response:
    """The response for a receipt. `location`: the path at which the event can be read when it is in the log."""
    if receipt.status is OutboxStatus.DELIVERED and receipt.version is not None and receipt.sequence is not None:
        recorded = Recorded(
            event_id=receipt.event_id, case_id=receipt.case_id, version=receipt.version, sequence=receipt.sequence
        )
        return recorded.response(201, Location=location)
    kept = Kept(event_id=receipt.event_id, case_id=receipt.case_id, status=receipt.status)
    return kept.response(202, Location=f"/v1/submissions/{receipt.event_id}")


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
