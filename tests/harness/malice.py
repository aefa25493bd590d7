"""Messages of an admitted agency that are well-formed, validly signed and validly chained, and meant to do harm.

They are every canonical event with each of its fields at an extreme, in the lawful case that leads up to it; events of
agencies that take no part; envelopes with extreme attributes; malformed grants.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from bus.envelope.envelope import GENESIS, SECTIONS_TYPE, Envelope
from bus.envelope.signing import Signer
from bus.sealing.content import ContentKey
from contracts.event.case_event import CaseEvent
from contracts.event.published_event import PublishedEvent
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.given_when_then import Issued
from harness.dumping import DAY, MOMENT
from harness.forging import in_sections, sealed

_EARLY, _LATE = "0001-01-01", "9999-12-31"
_TEXTS: Final = ("", "x" * 5000, "\x00\x1b", "\u202e9876543210\u200b", "null", "-1")
_NUMBERS: Final = (0, -1, 2**63, 10**400, 1e308)
_DAYS: Final = (_EARLY, _LATE, "9999-08-01", "1900-02-29", "2024-04-05T00:00:00")
_MOMENTS: Final = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-12:00",
    "1900-01-01T00:00:00Z",
    "2200-12-31T23:59:59Z",
)
_IN_A_GRANT: Final[tuple[Any, ...]] = (None, 0, [], "", "x" * 3000, "\x00")
_SEALABLE: Final = 180_000  # bytes: what stays below the largest event once it is sealed
_CANONICAL_IDS: Final = "018e0a00-0000-7000-8000-"


@dataclass(frozen=True)
class Deed:
    """An event as an agency says it: its type, the exact content, and where it differs from what is canonical."""

    by: str
    event: PublishedEvent
    content: bytes
    how: str = ""


def as_is(issued: Issued) -> Deed:
    """A canonical event, unchanged."""
    return Deed(issued.by.agency, issued.event, issued.event.model_dump_json().encode())


def all_days_extreme(issued: Issued) -> Iterator[Deed]:
    """The event with all its days as early, or as late, as the calendar has them, so that they fit together."""
    content = issued.event.model_dump(mode="json")
    days = [name for name, value in content.items() if isinstance(value, str) and DAY.fullmatch(value)]
    if not days:
        return
    first = next((name for name in days if name in ("valid_from", "starts_on")), "")
    kinds = {
        "late": dict.fromkeys(days, _LATE) | ({first: "9999-08-01"} if first else {}),
        "early": dict.fromkeys(days, _EARLY),
    }
    if first:
        kinds |= {"wide": dict.fromkeys(days, _LATE) | {first: _EARLY}, "old": {first: _EARLY}}
    for how, changes in kinds.items():
        changed = content | changes
        yield Deed(issued.by.agency, issued.event, json.dumps(changed).encode(), how)


def extremes_of(event: PublishedEvent, by: str) -> list[Deed]:
    """The event with one value after another, at any depth, replaced by each extreme of its kind."""
    content, found = event.model_dump(mode="json", exclude_unset=True), []
    for path, value in _values(content):
        for extreme in _extremes(value):
            changed = json.dumps(_with(content, path, extreme)).encode()
            if len(changed) < _SEALABLE:
                found.append(Deed(by, event, changed, f"{path}: {str(extreme)[:20]}"))
    return found


def _values(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if path:
        yield path, content
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _values(value, (*path, name))
    elif isinstance(content, list) and content:
        yield from _values(content[0], (*path, 0))


def _extremes(value: Any) -> Sequence[Any]:
    if isinstance(value, bool):
        return (None, 1, "true")
    if isinstance(value, (int, float)):
        return (None, *_NUMBERS)
    if isinstance(value, list):
        return (None, [], value * 3000, [[]] * 3, {})
    if isinstance(value, str):
        kind = _DAYS if DAY.fullmatch(value) else _MOMENTS if MOMENT.match(value) else _TEXTS
        return (None, [value], *kind)
    return (None, [], {})


def _with(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    first, *rest = path
    if isinstance(content, list):
        return [_with(each, tuple(rest), value) if place == first else each for place, each in enumerate(content)]
    return {name: _with(each, tuple(rest), value) if name == first else each for name, each in content.items()}


def led_up_to(agencies: Sequence[str]) -> dict[str, tuple[tuple[Issued, ...], Issued]]:
    """Each event's type that these agencies can come to among themselves: the lawful case before it, and the event."""
    found: dict[str, tuple[tuple[Issued, ...], Issued]] = {}
    for story in (CANONICAL_CASE, *OTHER_CASES.values()):
        for place, issued in enumerate(story):
            if issued.by.agency not in agencies:
                break
            found.setdefault(type(issued.event).__name__, (story[:place], issued))
    return found


def stories_with_days_extreme(agencies: Sequence[str]) -> Iterator[list[Deed]]:
    """Lawful cases, each of which ends with one event whose days are extreme."""
    for before, issued in led_up_to(agencies).values():
        for deed in all_days_extreme(issued):
            yield [*map(as_is, before), deed]


def stories_with_fields_extreme(agencies: Sequence[str], count: int, seed: int) -> Iterator[list[Deed]]:
    """Lawful cases, before whose last event come some of it with a field extreme; about `count` of these in all."""
    chance, known = random.Random(seed), led_up_to(agencies)
    each = max(1, count // len(known))
    for before, issued in known.values():
        extremes = extremes_of(issued.event, issued.by.agency)
        yield [*map(as_is, before), *chance.sample(extremes, min(each, len(extremes))), as_is(issued)]


class Chain:
    """A case, or another's case from some event on, that is continued whatever the rules say of it."""

    def __init__(self, signers: Mapping[str, Signer], names: Mapping[str, str], last: Envelope | None = None) -> None:
        """`names`: what agencies of the scenarios are called on this bus. `last`: the event to go on after."""
        self.case_id = str(uuid4()) if last is None else last.case_id
        self.key = ContentKey.new(self.case_id, "case")
        self.envelopes: list[Envelope] = []
        self._signers = signers
        self._names = names
        self._version, self._previous = (0, GENESIS) if last is None else (last.version, last.hash)
        self._ids = f"{uuid4().hex[:8]}-0000-7000-8000-"

    def says(self, deed: Deed, **attributes: Any) -> Envelope:
        """The deed as the chain's next event; `attributes`: other values for the Draft."""
        by, event_id = self._names.get(deed.by, deed.by), str(attributes.pop("event_id", uuid4()))
        content = deed.content.replace(_CANONICAL_IDS.encode(), self._ids.encode())
        for name, here in self._names.items():
            content = content.replace(f'"{name}"'.encode(), f'"{here}"'.encode())
        if isinstance(deed.event, CaseEvent) and deed.event.sealed:
            attributes["content_type"] = SECTIONS_TYPE
            content = in_sections(self.key, deed.event, content, agency=by, id=event_id)
        known: dict[str, Any] = {
            "recorded_at": datetime.now(UTC),
            "event_id": event_id,
            "data": content,
            "case_id": self.case_id,
        }
        place = {"version": self._version + 1, "previous": self._previous}
        envelope = sealed(self._signers[by], deed.event, **(known | place | attributes))
        self._version, self._previous = envelope.version, envelope.hash
        self.envelopes.append(envelope)
        return envelope

    def tells(self, story: Sequence[Deed]) -> None:
        """A whole story, in which each canonical event has the id by which others refer to it."""
        numbers = {id(deed): place for place, deed in enumerate(story)}
        for deed in story:
            canonical = next((i.by.event_id for i in _known() if i.event is deed.event and not deed.how), None)
            own = (
                canonical.replace(_CANONICAL_IDS, self._ids)
                if canonical
                else f"{self._ids}{9 * 10**11 + numbers[id(deed)]}"
            )
            self.says(deed, event_id=own)


def _known() -> Iterator[Issued]:
    for story in (CANONICAL_CASE, *OTHER_CASES.values()):
        yield from story


def extreme_envelopes(by: str, event: PublishedEvent) -> Iterator[tuple[Deed, dict[str, Any]]]:
    """Good content in envelopes whose attributes are extreme."""
    deed = Deed(by, event, event.model_dump_json().encode())
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        yield deed, {"recorded_at": moment}
    for name in ("ruleset", "correlation_id", "causation_id", "schema_uri"):
        yield deed, {name: "x" * 30_000}
    yield deed, {"type": f"{event.type_name()[:-1]}{10**30}"}
    yield Deed(by, event, b"[" * 100_000 + b"1"), {}
    yield Deed(by, event, b"x" * 190_000), {}


def nonsense_grants(case_id: str, good: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Tokens for case, compartment, key and number, and what lies there; `good`: a grant as JSON has it."""
    bodies: list[bytes] = [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"0" * 200_000,
        b"1e999",
    ]
    for name in good:
        bodies += [json.dumps({**good, name: value}).encode() for value in _IN_A_GRANT]
    cases = (case_id, str(uuid4()), "0", "x" * 3000, "00000000-0000-0000-0000-000000000000")
    compartments, kids = ("case", "identity", "nonsense", "x" * 2000), (good["kid"], "x", "k" * 2000)
    for place, body in enumerate(bodies):
        yield f"{cases[place % 5]}.{compartments[place // 2 % 4]}.{kids[place % 3]}", body
