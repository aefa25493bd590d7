"""Tells sample stories through the services' HTTP, as caseworkers of the agencies would, and compares what they see.

Every step carries an idempotency key, so telling a story again finds it told.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import httpx

from contracts.event import CaseEvent

_SEEN_WITHIN = 20.0


class StoryError(RuntimeError):
    """A story could not be told as it stands: a service refused a step, or did not see one in time."""


@dataclass(frozen=True)
class Door:
    """An agency's service: its address, and a token for each role."""

    url: str
    tokens: Mapping[str, str]


@dataclass
class Told:
    """A case after its story: what happened, and each participant's digest of the view."""

    case_id: str
    name: str
    version: int
    events: list[str]
    views: dict[str, str]

    @property
    def agreed(self) -> bool:
        """Whether all participants see the same."""
        return len(set(self.views.values())) == 1


@dataclass
class Teller:
    """Tells one story. `begins`: when it begins; each step happens a little, or as many `days` as said, later."""

    name: str
    doors: Mapping[str, Door]
    begins: datetime
    progress: Callable[[str], None] = lambda line: None
    case_id: str = ""
    version: int = 0
    steps: int = 0
    events: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._http = httpx.Client(timeout=30)
        self._now = self.begins
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()

    @property
    def now(self) -> datetime:
        """The story's present."""
        return self._now

    def later(self, *, days: float = 0, hours: float = 0) -> datetime:
        """A moment in the story's future, without going there."""
        return self._now + timedelta(days=days, hours=hours)

    def wait(self, *, days: float = 0, hours: float = 0) -> datetime:
        """Let time go by."""
        self._now = self.later(days=days, hours=hours)
        return self._now

    def says(self, agency: str, event: type[CaseEvent], role: str = "caseworker", **facts: Any) -> str:
        """An agency issues an event; its id, for later events to refer to."""
        self.steps += 1
        stated = event(occurred_at=self.wait(hours=1), **facts)
        body = {"type": event.__name__, "data": json.loads(stated.model_dump_json(exclude_none=True))}
        if self.case_id:
            self._wait_until_seen(agency)
        path = f"/v1/cases/{self.case_id}/events" if self.case_id else "/v1/cases"
        answer = self._post(agency, role, path, body)
        self.case_id, self.version = answer["case_id"], answer["version"]
        self.events.append(event.__name__)
        self.progress(f"  {agency:>13}  {event.__name__}")
        return str(answer["event_id"])

    def _post(self, agency: str, role: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        door = self.doors[agency]
        headers = {"Authorization": f"Bearer {door.tokens[role]}", "Idempotency-Key": f"{self.name}-{self.steps}"}
        deadline = time.monotonic() + _SEEN_WITHIN
        while True:
            answer = self._http.post(f"{door.url}{path}", json=body, headers=headers)
            if answer.status_code == 201:
                return dict(answer.json())
            if answer.status_code != 202 or time.monotonic() > deadline:
                raise StoryError(f"{self.name}, step {self.steps} by {agency}: {answer.status_code} {answer.text}")
            time.sleep(0.05)  # it waits in the outbox; asking again under the same key tells what became of it

    def _wait_until_seen(self, agency: str) -> dict[str, Any]:
        deadline = time.monotonic() + _SEEN_WITHIN
        while time.monotonic() < deadline:
            view = self._view(agency)
            if view is not None and view["version"] >= self.version:
                return view
            time.sleep(0.005)
        raise StoryError(f"{self.name}: {agency} does not see version {self.version} of the case in time")

    def _view(self, agency: str) -> dict[str, Any] | None:
        door = self.doors[agency]
        headers = {"Authorization": f"Bearer {door.tokens['caseworker']}"}
        answer = self._http.get(f"{door.url}/v1/cases/{self.case_id}", headers=headers)
        return dict(answer.json()) if answer.status_code == 200 else None

    def told(self) -> Told:
        """What every participant sees at the end."""
        first = next(view for view in map(self._view, self.doors) if view is not None)
        participants = [participant["agency"] for participant in first["participants"]]
        views = {agency: self._wait_until_seen(agency)["digest"] for agency in participants if agency in self.doors}
        version = max(self.version, first["version"])
        return Told(self.case_id, self.name, version, list(self.events), views)
