"""Tells sample stories through the services' HTTP, as caseworkers of the agencies would, and compares their views.

Every step has an idempotency key, so a second telling repeats nothing. The agencies' clocks run meanwhile and issue
their own events. The file has over 250 lines because telling, waiting and comparing are the three acts of one
teller.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Self

import httpx

from contracts.calendar.days import swedish_day
from contracts.chapters.clocks import fallen_due
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import Role

_SEEN_WITHIN: Final = 45.0
_WAITING, _REFUSED, _UNKNOWN = httpx.codes.ACCEPTED, httpx.codes.CONFLICT, httpx.codes.NOT_FOUND
_LATER = httpx.codes.SERVICE_UNAVAILABLE
_BY_CLOCKS: Final = {event.type_name() for event in EVENTS.values() if Role.CLOCK in event.roles.values()}


class StoryError(RuntimeError):
    """A story could not be told: a service refused a step, or did not see one in time."""


@dataclass(frozen=True)
class Door:
    """An agency's service: its address, and a token for each role."""

    url: str
    tokens: Mapping[str, str]


@dataclass(frozen=True)
class Seen:
    """A case as an agency's service shows it."""

    agency: str
    view: CaseView
    digests: Mapping[str, str]
    complete: bool

    @property
    def digest(self) -> str:
        """The digest of the core, which all participants share."""
        return self.digests["core"]


@dataclass
class Told:
    """A case after its story.

    Attributes:
        case_id: the id of the case.
        name: the name of the story.
        version: the version of the case.
        events: the names of its events, in order.
        views: each participant's digest of the core.
        parts: for each other part of the case, the digest that each of its readers has.
    """

    case_id: str
    name: str
    version: int
    events: list[str]
    views: dict[str, str]
    parts: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def agreed(self) -> bool:
        """True if all participants see the same core, and all readers of a part the same part."""
        return all(len(set(digests.values())) == 1 for digests in (self.views, *self.parts.values()))


@dataclass
class Teller:
    """Tells one story. Each step happens an hour after the one before; `wait` lets more time pass.

    Attributes:
        name: the name of the story.
        doors: the services by agency.
        begins: the moment (UTC) at which the story begins.
        present: the moment (UTC) at which the stories of this bus were first told. No step may be later.
        progress: gets a line for each step.
        case_id: the id of the case, once it is open.
        version: the version of the case after the last step.
        steps: the number of steps so far.
    """

    name: str
    doors: Mapping[str, Door]
    begins: datetime
    present: datetime
    progress: Callable[[str], None] = lambda line: None
    case_id: str = ""
    version: int = 0
    steps: int = 0

    def __enter__(self) -> Self:
        self._http = httpx.Client(timeout=30)
        self._now = self.begins
        self._heard: Counter[type[CaseEvent]] = Counter()
        self._near = set[str]()
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()

    @property
    def now(self) -> datetime:
        """The story's present."""
        return self._now

    @property
    def today(self) -> date:
        """The Swedish day of the story's present."""
        return self.day()

    def day(self, days: int = 0) -> date:
        """The Swedish day this many days after the story's present."""
        return swedish_day(self._now) + timedelta(days=days)

    def later(self, *, days: float = 0, hours: float = 0) -> datetime:
        """A moment after the story's present. The story stays at its present."""
        return self._now + timedelta(days=days, hours=hours)

    def in_time(self, days: float = 3) -> datetime:
        """The `respond_by` of an offer that an agency will answer: this many days after the telling, not in the story.

        The clock goes by the real date. An offer whose time was over before the telling would expire at once.
        """
        return self.present + timedelta(days=days)

    def wait(self, *, days: float = 0, hours: float = 0) -> datetime:
        """Let this much time pass in the story; returns the story's new present."""
        self._now = self.later(days=days, hours=hours)
        return self._now

    def says(self, agency: str, event: type[CaseEvent], role: str = "caseworker", **facts: Any) -> str:
        """An agency issues an event. Returns the event's id, so that later events can refer to it.

        Args:
            agency: the agency.
            event: the type of the event.
            role: the role in which its person acts.
            facts: the fields of the event.

        Raises StoryError when the event does not get into the log.
        """
        answer = self._issued(agency, event, role, facts)
        if answer.status_code != 201:
            raise self.stuck(agency, f"{answer.status_code} {answer.text}")
        said = answer.json()
        self.case_id, self.version = said["case_id"], max(self.version, said["version"])
        self._near.add(agency)
        self.progress(f"  {agency:>21}  {event.__name__}")
        return str(said["event_id"])

    def is_refused(
        self, agency: str, event: type[CaseEvent], role: str = "caseworker", *, rule: str, **facts: Any
    ) -> None:
        """An agency tries an event in a dry run, and the rule with this id refuses it. Raises StoryError if not.

        In a second telling the case may have gone on to where the rule lets the event pass.
        """
        answer = self._issued(agency, event, role, facts, "events?dry_run=true")
        if answer.status_code == _REFUSED and answer.json().get("rule") == rule:
            self.progress(f"  {agency:>21}  {event.__name__}: refused by {rule}")
        elif not self.goes_on(agency):
            raise self.stuck(agency, f"not refused by {rule}: {answer.status_code} {answer.text}")

    def hears(self, event: type[CaseEvent]) -> str:
        """Wait until a participant's clock has issued one more event of this type; returns the event's id."""
        self._heard[event] += 1
        nth = self._heard[event] - 1
        one = self._seen_in_time(
            lambda history: [one for one in history if one["type"] == event.type_name()][nth:],
            f"no clock says {event.__name__} in time",
        )
        self.progress(f"  {one['agency']:>21}  {event.__name__}, by the clock")
        return str(one["event_id"])

    def sees(self, event_id: str) -> None:
        """Wait until a participant sees this event, which somebody issued who takes no part in the case."""
        self._seen_in_time(
            lambda history: [one for one in history if one["event_id"] == event_id],
            "nobody sees what was said from outside in time",
        )

    def _seen_in_time(
        self, told: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], otherwise: str
    ) -> dict[str, Any]:
        """The first event that `told` finds in the newest history; the story has come as far as it then."""
        deadline = time.monotonic() + _SEEN_WITHIN
        while time.monotonic() < deadline:
            for one in told(self.history(self._newest(self._views()).agency)):
                self.version = max(self.version, one["version"])
                return one
            time.sleep(0.02)
        raise self.stuck("nobody", otherwise)

    def told(self) -> Told:
        """The case at the end of the story.

        It waits until all participants have the same view and the clock has nothing left to issue. When that takes too
        long, it returns the case as it is then.
        """
        deadline = time.monotonic() + _SEEN_WITHIN
        while True:
            views = self._views()
            newest = self._newest(views)
            told = self._told(newest, views)
            same = len({seen.view.version for seen in views.values()}) == 1 and told.agreed
            same = same and all(seen.complete for seen in views.values())
            silent = not fallen_due(newest.view, datetime.now(UTC))
            if (same and silent and newest.view.version >= self.version) or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        told.events = [one["type"].split(".")[2] for one in self.history(newest.agency)[: told.version]]
        return told

    def _told(self, newest: Seen, views: Mapping[str, Seen]) -> Told:
        """The case as its participants see it now, without the names of its events."""
        parts: dict[str, dict[str, str]] = {}
        for agency, seen in views.items():
            for part, digest in seen.digests.items():
                parts.setdefault(part, {})[agency] = digest
        return Told(self.case_id, self.name, newest.view.version, [], parts.pop("core"), parts)

    def _views(self) -> dict[str, Seen]:
        """The view of each participant. The newest of the views says who takes part.

        It asks those who took part at the last look or have spoken since, and those whom they name. The others are
        asked only when none of these takes part any more.
        """
        seen: dict[str, Seen] = {}
        asked, ask = set[str](), set(self._near)
        while ask:
            seen |= {one.agency: one for one in map(self.view, sorted(ask)) if one is not None}
            asked |= ask
            taking_part = {agency for agency in self.doors if not seen or self._newest(seen).view.takes_part(agency)}
            ask = taking_part - asked
        self._near = taking_part
        return {agency: one for agency, one in seen.items() if agency in taking_part}

    @staticmethod
    def _newest(views: Mapping[str, Seen]) -> Seen:
        return max(views.values(), key=lambda seen: seen.view.version)

    def _issued(
        self, agency: str, event: type[CaseEvent], role: str, facts: Mapping[str, Any], end: str = "events"
    ) -> httpx.Response:
        """The final answer of the service to an event.

        In a second telling the service gives its first answer again, even if the agency has left the case since. In the
        first telling, a step that fails is tried again when the agency has seen the steps before it.
        """
        self.steps += 1
        stated = event(occurred_at=self.wait(hours=1), **facts)
        if self._now > self.present:
            raise self.stuck(agency, "the story goes beyond the present")
        body = {"type": event.__name__, "data": json.loads(stated.model_dump_json(exclude_none=True))}
        return self.sent(agency, role, end, body)

    def sent(self, agency: str, role: str, end: str, body: Mapping[str, Any]) -> httpx.Response:
        """The final answer of the service to a body that is sent to a path of the case (`end`).

        When it refuses or does not know the case, send the body again after the agency has seen the steps before.
        """
        answer = self._post(agency, role, end, body)
        if self.case_id and answer.status_code in (_UNKNOWN, _REFUSED):
            self.wait_until_seen(agency)
            answer = self._post(agency, role, end, body)
        return answer

    def _post(self, agency: str, role: str, end: str, body: Mapping[str, Any]) -> httpx.Response:
        door = self.doors[agency]
        key = f"{self.name} {self.present.isoformat()} {self.steps}"
        headers = {"Authorization": f"Bearer {door.tokens[role]}"}
        if "dry_run" not in end:
            headers["Idempotency-Key"] = key
        path = f"/v1/cases/{self.case_id}/{end}" if self.case_id else "/v1/cases"
        deadline = time.monotonic() + _SEEN_WITHIN
        while True:
            answer = self._http.post(f"{door.url}{path}", json=body, headers=headers)
            if answer.status_code not in (_WAITING, _LATER) or time.monotonic() > deadline:
                return answer
            time.sleep(0.05)  # it waits in the outbox: the same key asks for its result

    def asked(self, agency: str, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """The answer of a service to a body that a caseworker sends to a path outside the case."""
        door = self.doors[agency]
        headers = {"Authorization": f"Bearer {door.tokens['caseworker']}"}
        return self._http.post(f"{door.url}{path}", json=body, headers=headers)

    def stuck(self, agency: str, why: str) -> StoryError:
        """The error that says why the story cannot go on."""
        return StoryError(f"{self.name}, step {self.steps} by {agency}: {why}")

    @property
    def http(self) -> httpx.Client:
        """The client by which the story is told, for somebody who has no token."""
        return self._http

    def goes_on(self, agency: str) -> bool:
        """True if an agency knows of later steps than the story has come to: it is told a second time."""
        return any(one["version"] > self.version for one in self.history(agency) if one["type"] not in _BY_CLOCKS)

    def wait_until_seen(self, agency: str) -> None:
        """Wait until an agency reads the case as the story has it. Raises StoryError when it does not in time."""
        deadline = time.monotonic() + _SEEN_WITHIN
        while time.monotonic() < deadline:
            seen = self.view(agency)
            if seen is not None and seen.view.version >= self.version and seen.complete:
                return
            if seen is None and self._is_offered(agency):
                return
            time.sleep(0.005)
        raise self.stuck(agency, f"it does not see version {self.version} of the case in time")

    def _is_offered(self, agency: str) -> bool:
        """True if an offer of the case lies in the agency's inbox."""
        door = self.doors[agency]
        headers = {"Authorization": f"Bearer {door.tokens['caseworker']}"}
        asked: dict[str, str | int] = {"direction": "received", "state": "open", "limit": 100}
        found = self._http.get(f"{door.url}/v1/offers", params=asked, headers=headers)
        return any(offer["case_id"] == self.case_id for offer in found.json()["items"])

    def history(self, agency: str) -> list[dict[str, Any]]:
        """The case's events in an agency's service; empty when the agency does not take part in the case."""
        answer = self.asks(agency, "/events")
        return list(answer.json()["items"]) if answer.status_code == httpx.codes.OK else []

    def view(self, agency: str) -> Seen | None:
        """The case in an agency's service; None when the agency does not take part in the case."""
        answer = self.asks(agency, "")
        if answer.status_code != httpx.codes.OK:
            return None
        shown = answer.json()
        fields = {name: value for name, value in shown.items() if name in CaseView.model_fields}
        digests = {**shown["digests"], "core": shown["digest"]}
        return Seen(agency, CaseView.model_validate_json(json.dumps(fields)), digests, complete=not shown["awaits"])

    def asks(self, agency: str, path: str) -> httpx.Response:
        """An agency's answer to its caseworker, who reads a path of the case; the case itself with an empty one."""
        door = self.doors[agency]
        headers = {"Authorization": f"Bearer {door.tokens['caseworker']}"}
        return self._http.get(f"{door.url}/v1/cases/{self.case_id}{path}", headers=headers)
