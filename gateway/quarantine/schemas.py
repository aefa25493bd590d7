"""The response model of the quarantine."""

from __future__ import annotations

from bus.store import QuarantineEntry
from gateway.http.response_models import ResponseModel, Uuid


class QuarantinedMessage(ResponseModel):
    """A message of the log that the service set aside. `case_id`: null when this agency takes no part in the case."""

    incarnation: int
    sequence: int
    case_id: Uuid | None
    event_id: Uuid | None
    agency: str
    reason: str
    detail: str

    @classmethod
    def of(cls, message: QuarantineEntry, *, own: bool) -> QuarantinedMessage:
        """The message as the store keeps it. `own`: True if the agency takes part in its case."""
        return cls(
            incarnation=message.incarnation,
            sequence=message.sequence,
            case_id=message.case_id if own else None,
            event_id=message.event_id or None,
            agency=message.agency,
            reason=message.reason,
            detail=message.detail,
        )
