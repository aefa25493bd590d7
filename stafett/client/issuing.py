"""Open a case, issue an event, record personal details: each with an idempotency key, which the value keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

from contracts.event.published_event import PublishedEvent
from contracts.privacy.record_forms import PersonalRecord
from stafett.client.answers import DryRun, Kept, Recorded, RecordedRecord
from stafett.client.asking import Call, new_key, path_of, sent, with_query
from stafett.client.conversation import Patience, Pause, Steps
from stafett.client.errors import NotYetKnownError, RefusedLaterError
from stafett.client.operations import read_submission
from stafett.client.received import Received

Said = PublishedEvent | tuple[str, Mapping[str, Any]]
"""An event of `stafett.events`, or the name and the data of one. Without `occurred_at`, the data means now."""

Issuing = Call[Recorded | Kept]
_KINDS: Final[Mapping[int, type[Received]]] = {201: Recorded, 202: Kept}
_LONGEST_LOOK: Final = 5.0


def open_case(
    event: Said, *, key: str | None = None, correlation_id: str | None = None, free_text_checked: bool = False
) -> Issuing:
    """Open a case with a detection. The arguments are those of `issue`."""
    headers = _headers(key, None, correlation_id, None, checked=free_text_checked)
    return Call(sent("POST", "/v1/cases", headers=headers, body=_said(event), repeatable=True), _KINDS)


def issue(
    case_id: str,
    event: Said,
    *,
    key: str | None = None,
    if_match: str | None = None,
    correlation_id: str | None = None,
    causation_id: str | None = None,
    free_text_checked: bool = False,
) -> Issuing:
    """Issue an event about a case. The same value, done again after an answer that did not come, is done once.

    Args:
        case_id: the case.
        event: the event, or its name and data.
        key: the idempotency key; None: a new one. Keep it on a disk to be sure across a restart of your own.
        if_match: the `etag` of the case that was decided on: the service refuses when the case has changed since.
        correlation_id: the UUID of a group of events.
        causation_id: the id of the event that caused this one.
        free_text_checked: the writer was warned of a free text, and answers that no personal details stand there.

    The answer is `Recorded`, or `Kept` while the service cannot reach the bus; see `until_known`.
    """
    headers = _headers(key, if_match, correlation_id, causation_id, checked=free_text_checked)
    path = path_of("/v1/cases/{case_id}/events", case_id=case_id)
    return Call(sent("POST", path, headers=headers, body=_said(event), repeatable=True), _KINDS)


def issue_in_directory(event: Said, *, key: str | None = None) -> Issuing:
    """Issue an event of the directory, such as `CapacityAnnounced`."""
    headers = _headers(key, None, None, None, checked=False)
    return Call(sent("POST", "/v1/directory/events", headers=headers, body=_said(event), repeatable=True), _KINDS)


def accept_offer(case_id: str, offer_id: str, *, services: Sequence[str] = (), key: str | None = None) -> Issuing:
    """Take on a case that was offered. `services`: those that the agency will give."""
    return issue(case_id, ("ReferralAccepted", {"offer_id": offer_id, "services": list(services)}), key=key)


def decline_offer(
    case_id: str, offer_id: str, reason: str, *, suggested_recipient: str | None = None, key: str | None = None
) -> Issuing:
    """Say no to an offer, with the reason, such as `no-capacity`, and perhaps the agency to ask instead."""
    said = {"offer_id": offer_id, "reason": reason, "suggested_recipient": suggested_recipient}
    return issue(case_id, ("ReferralDeclined", said), key=key)


def record_personal_details(
    case_id: str, record: PersonalRecord, *, replaces: str | None = None, key: str | None = None
) -> Call[RecordedRecord | Kept]:
    """Record personal details of one class, which no event holds. `replaces`: an earlier record that it corrects."""
    content = record.model_dump(mode="json", exclude_none=True)
    body = {"data_class": record.data_class, "record": content, "replaces": replaces}
    path = path_of("/v1/cases/{case_id}/personal-details", case_id=case_id)
    headers = {"Idempotency-Key": key or new_key()}
    return Call(sent("POST", path, headers=headers, body=body, repeatable=True), {201: RecordedRecord, 202: Kept})


def dry_run(issuing: Issuing) -> Call[DryRun]:
    """Only judge an event: nothing is stored or sent. Raises what the event itself would be answered."""
    headers = {name: value for name, value in issuing.request.headers.items() if name != "Idempotency-Key"}
    return Call(with_query(replace(issuing.request, headers=headers), dry_run="true"), {200: DryRun})


@dataclass(frozen=True)
class UntilKnown:
    """An event that is issued, and waited for until it is in the log; see `until_known`."""

    issuing: Issuing
    within: float

    def steps(self, patience: Patience) -> Steps[Recorded]:
        """Issue it, and look until its result is there."""
        answer = yield from self.issuing.steps(patience)
        if isinstance(answer, Recorded):
            return answer
        waited = 0.0
        for attempt in count(1):
            state = yield from read_submission(answer.event_id).steps(patience)
            if state.version is not None and state.sequence is not None:
                return Recorded(
                    event_id=state.event_id, case_id=state.case_id, version=state.version, sequence=state.sequence
                )
            if state.status != "pending":
                raise RefusedLaterError(state.event_id, state.reason)
            pause = min(_LONGEST_LOOK, patience.least * 2.0 ** min(attempt - 1, 30))
            waited += pause
            if waited > self.within:
                break
            yield Pause(pause)
        raise NotYetKnownError(answer.event_id)


def until_known(issuing: Issuing, within: float = 60.0) -> UntilKnown:
    """Issue an event, and wait until it is in the log.

    Raises NotYetKnownError after `within` seconds of waiting; doing the same value again goes on waiting. Raises
    RefusedLaterError when the rules refused it once it could be sent.
    """
    return UntilKnown(issuing, within)


def _said(event: Said) -> dict[str, Any]:
    if isinstance(event, PublishedEvent):
        return {"type": type(event).__name__, "data": event.model_dump(mode="json")}
    name, data = event
    return {"type": name, "data": {member: value for member, value in data.items() if value is not None}}


def _headers(
    key: str | None, if_match: str | None, correlation_id: str | None, causation_id: str | None, *, checked: bool
) -> dict[str, str | None]:
    return {
        "Idempotency-Key": key or new_key(),
        "If-Match": if_match,
        "X-Correlation-ID": correlation_id,
        "X-Causation-ID": causation_id,
        "Stafett-Free-Text": "checked" if checked else None,
    }
