"""The steps of a story with personal details: record, read, be refused, erase. It never prints their content.

When a story is told again, it finds the steps that were done before and does not repeat them.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import httpx

from contracts.chapters.erasure import ErasureReason, ErasureRequested
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.event.case_event import CaseEvent
from contracts.privacy.record_forms import PersonalRecord
from contracts.view.parts.erasure import ErasureScope
from contracts.vocabulary.agencies import Role
from contracts.vocabulary.choices import DataClass, Purpose
from stafett.sample_cases.teller import Teller

_WITHIN: Final = 45.0
_READINGS: Final = "personal-details/readings"


class Details:
    """The personal details of one story's case."""

    def __init__(self, case: Teller) -> None:
        self._case = case
        self._told: Counter[tuple[str, type[CaseEvent]]] = Counter()

    def recorded(self, agency: str, record: PersonalRecord) -> None:
        """An agency records personal details."""
        if not self._is_told(agency, PersonalDetailsRecorded):
            content = json.loads(record.model_dump_json(exclude_none=True))
            self._sent(agency, "personal-details", {"data_class": record.data_class, "record": content})
        self._case.progress(f"  {agency:>21}  records {record.data_class}")

    def read(self, agency: str, *data_classes: DataClass, purpose: Purpose) -> None:
        """An agency reads personal details when their keys have reached it. Each attempt is in the log."""
        deadline = time.monotonic() + _WITHIN
        read = self._is_told(agency, PersonalDetailsRead)
        while not read and time.monotonic() < deadline:
            answer = self._sent(agency, _READINGS, {"data_classes": data_classes, "purpose": purpose})
            shown = answer.json()["records"]
            read = {one["data_class"] for one in shown if one["content"] is not None} == set(data_classes)
            time.sleep(0 if read else 0.2)
        if not read:
            raise self._case.stuck(agency, "it is not shown the personal details in time")
        self._case.progress(f"  {agency:>21}  reads {', '.join(data_classes)}")

    def refused(self, agency: str, *data_classes: DataClass, purpose: Purpose, rule: str) -> None:
        """An agency asks for personal details, and this rule refuses them."""
        asked = {"data_classes": data_classes, "purpose": purpose}
        self._case.steps += 1
        answer = self._case.sent(agency, Role.CASEWORKER, _READINGS, asked)
        if answer.status_code != httpx.codes.CONFLICT or answer.json().get("rule") != rule:
            raise self._case.stuck(agency, f"not refused by {rule}: {answer.status_code}")
        self._case.progress(f"  {agency:>21}  is not shown {', '.join(data_classes)}: refused by {rule}")

    def erased(self, agency: str, scope: ErasureScope, reason: ErasureReason) -> None:
        """An agency requests an erasure, and every holder confirms it."""
        if not self._is_told(agency, ErasureRequested):
            self._sent(agency, "erasures", {"scope": scope, "reason": reason}, Role.RECORDS_OFFICER)
        deadline = time.monotonic() + _WITHIN
        while time.monotonic() < deadline:
            seen = self._case.view(agency)
            if seen is not None and seen.view.erasures and not seen.view.erasures[-1].outstanding:
                self._case.version = max(self._case.version, seen.view.version)
                self._case.progress(f"  {agency:>21}  has the {scope} erased: all holders confirm")
                return
            time.sleep(0.02)
        raise self._case.stuck(agency, "not every holder confirms in time")

    def _is_told(self, agency: str, event: type[CaseEvent]) -> bool:
        """True if the agency has already issued this event as often as the story has reached such a step."""
        self._case.steps += 1
        self._told[agency, event] += 1
        history = max(map(self._case.history, self._case.doors), key=len)
        said = [one for one in history if (one["agency"], one["type"]) == (agency, event.type_name())]
        return len(said) >= self._told[agency, event]

    def _sent(self, agency: str, end: str, body: Mapping[str, Any], role: Role = Role.CASEWORKER) -> httpx.Response:
        answer = self._case.sent(agency, role, end, body)
        if answer.status_code != httpx.codes.CREATED:
            raise self._case.stuck(agency, f"{answer.status_code} {answer.text}")
        return answer
