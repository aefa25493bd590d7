"""The response to a submission: 201 when the event is in the log, 202 when it is kept on this service's disk."""

from __future__ import annotations

from starlette.responses import Response

from bus.store import OutboxStatus
from bus.submission.submission import Receipt
from gateway.submissions.schemas import Kept, Recorded


def receipt_response(receipt: Receipt, location: str) -> Response:
    """The response for a receipt. `location`: the path at which the event can be read when it is in the log."""
    if receipt.status is OutboxStatus.DELIVERED and receipt.version is not None and receipt.sequence is not None:
        recorded = Recorded(
            event_id=receipt.event_id, case_id=receipt.case_id, version=receipt.version, sequence=receipt.sequence
        )
        return recorded.response(201, Location=location)
    kept = Kept(event_id=receipt.event_id, case_id=receipt.case_id, status=receipt.status)
    return kept.response(202, Location=f"/v1/submissions/{receipt.event_id}")
