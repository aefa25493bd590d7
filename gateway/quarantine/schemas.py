"""The response model of the quarantine."""

from __future__ import annotations

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
