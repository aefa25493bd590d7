"""What the sample bus's directory tells beside its agencies: certified providers, free places and trainings.

Everything here is invented. Each fact has an idempotency key, so a second telling repeats nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from contracts.calendar.days import swedish_day
from contracts.directory.events import Audience, CapacityAnnounced, DirectoryEvent, ProviderCertified, TrainingHeld
from contracts.vocabulary.agencies import COORDINATOR
from contracts.vocabulary.choices import Service
from stafett.sample_cases.teller import Door, StoryError

_TOLD_WITHIN: Final = 45.0
_KEEPER: Final = "directory-keeper"
_CASEWORKER: Final = "caseworker"


def tell_directory(doors: Mapping[str, Door], present: datetime) -> int:
    """State every fact of the sample directory as of a moment (UTC), and return how many there are.

    Raises StoryError when a service refuses one.
    """
    facts = _facts(present)
    with httpx.Client(timeout=30) as http:
        for number, (agency, role, event) in enumerate(facts):
            key = f"directory {present.isoformat()} {number}"
            answer = _sent(http, doors[agency], role, key, event)
            if answer.status_code != httpx.codes.CREATED:
                raise StoryError(f"directory, {agency}: {answer.status_code} {answer.text}")
    return len(facts)


def _sent(http: httpx.Client, door: Door, role: str, key: str, event: DirectoryEvent) -> httpx.Response:
    """The service's final answer; one that waits in its outbox is asked for again with the same key."""
    body: dict[str, Any] = {"type": type(event).__name__, "data": json.loads(event.model_dump_json(exclude_none=True))}
    headers = {"Authorization": f"Bearer {door.tokens[role]}", "Idempotency-Key": key}
    deadline = time.monotonic() + _TOLD_WITHIN
    while True:
        answer = http.post(f"{door.url}/v1/directory/events", json=body, headers=headers)
        later = answer.status_code in (httpx.codes.ACCEPTED, httpx.codes.SERVICE_UNAVAILABLE)
        if not later or time.monotonic() > deadline:
            return answer
        time.sleep(0.05)


def _facts(present: datetime) -> tuple[tuple[str, str, DirectoryEvent], ...]:
    """Each fact with the agency and the role that state it."""
    at, day = present - timedelta(hours=1), swedish_day(present)
    return (
        (
            COORDINATOR,
            _KEEPER,
            ProviderCertified(
                occurred_at=at,
                agency="ngo",
                services=(Service.SAFE_ACCOMMODATION, Service.COUNSELLING, Service.LEGAL_SUPPORT),
                valid_from=day - timedelta(days=30),
                valid_until=day + timedelta(days=700),
            ),
        ),
        (
            "ngo",
            _CASEWORKER,
            CapacityAnnounced(
                occurred_at=at, service=Service.SAFE_ACCOMMODATION, places=3, region="01", takes_children=True
            ),
        ),
        (
            "ngo",
            _CASEWORKER,
            CapacityAnnounced(occurred_at=at, service=Service.COUNSELLING, places=8, region="01"),
        ),
        (
            "municipality",
            _CASEWORKER,
            CapacityAnnounced(
                occurred_at=at, service=Service.SAFE_ACCOMMODATION, places=1, region="01", municipality="0180"
            ),
        ),
        (
            COORDINATOR,
            _KEEPER,
            TrainingHeld(
                occurred_at=at,
                topic="Signs of labour exploitation, and whom to call.",
                audience=(Audience.LABOUR_INSPECTORS, Audience.POLICE),
                held_on=day - timedelta(days=20),
                participants=42,
                region="12",
            ),
        ),
        (
            COORDINATOR,
            _KEEPER,
            TrainingHeld(
                occurred_at=at,
                topic="A child who is alone: the concern, the guardian, the interview.",
                audience=(Audience.SOCIAL_SERVICES, Audience.CIVIL_SOCIETY),
                held_on=day - timedelta(days=50),
                participants=65,
            ),
        ),
    )
