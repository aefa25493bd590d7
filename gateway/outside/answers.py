"""Reads the answer that an agency outside the bus sends by its link: a form of known fields, and no free text."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from pydantic import ValidationError

from bus.envelope.envelope import rfc3339
from contracts.calendar.days import Moment
from contracts.chapters.external_referral import AnswerChannel, ExternalAnswer, ExternalReferralAnswered

MOST_BYTES: Final = 4096
_MOST_FIELDS: Final = 40
_FIELDS: Final = ("answer", "services", "reason", "answered_by", "code")


def fields_of(raw: bytes) -> dict[str, list[str]] | None:
    """The fields of a form, each with its values; None when there is one that the page does not have, or too many."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), max_num_fields=_MOST_FIELDS, strict_parsing=True)
    except ValueError:
        return None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    known = found.keys() <= set(_FIELDS)
    return found if known and all(len(found[name]) == 1 for name in found if name != "services") else None


def answer_of(fields: dict[str, list[str]], offer_id: str, at: Moment) -> ExternalReferralAnswered | None:
    """The event that the fields state, with the code checked; None when something is missing or is no choice.

    A page sends what stands in it although it does not belong to the answer: the services of a no, the reason of a yes.
    """
    accepts = fields.get("answer") == [ExternalAnswer.ACCEPTED]
    data: dict[str, Any] = {
        "occurred_at": rfc3339(at, "microseconds"),
        "offer_id": offer_id,
        "answer": next(iter(fields.get("answer", ())), None),
        "answered_by": next(iter(fields.get("answered_by", ())), None),
        "channel": AnswerChannel.LINK,
        "code_checked": True,
    }
    if accepts:
        data["services"] = fields.get("services", [])
    elif fields.get("reason"):
        data["reason"] = fields["reason"][0]
    try:
        return ExternalReferralAnswered.model_validate_json(orjson.dumps(data))
    except (ValidationError, orjson.JSONEncodeError):
        return None
