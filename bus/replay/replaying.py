"""Replay a case: its past is folded again up to one or two stops, and everything told is a function of these folds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bus.case.case_replica import CaseReplica
from bus.directory.directory import Directory
from bus.replay.account import AsAgency, CaseDifference, ClosedPart, Replay, ReplayStep, ReplayStop
from bus.replay.as_agency import as_agency, open_here
from bus.replay.moment import Moment, ReplayError
from bus.replay.past import PastCase, StoredCase, past, stop
from bus.replay.times import part_of_details
from bus.replay.verdicts import otherwise, read_as, words, written_as
from bus.replica.stored import FoldedEvent
from contracts.event.case_event import EVENTS
from contracts.event.published_event import PublishedEvent
from contracts.law.in_force import RULESETS, ruleset_named
from contracts.law.ruleset import Ruleset
from contracts.view.case_view import PART_OF
from contracts.view.difference import as_json, difference
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part
from contracts.vocabulary.wording import Wording

Titles = Callable[[type[PublishedEvent]], Wording]
"""The words for an event; the country's labels are not known here."""


@dataclass(frozen=True)
class ReplayWish:
    """A replay that somebody asks for.

    Attributes:
        at: the version or moment to stop at; None: the newest version.
        agency: the agency as which to read; None: the one of the store.
        ruleset: the id of another ruleset to judge each step by, or None.
        after: only the steps after this version.
        limit: at most so many steps.
    """

    at: Moment | None = None
    agency: AgencyId | None = None
    ruleset: str | None = None
    after: int = 0
    limit: int = 500


@dataclass(frozen=True)
class CaseReplayer:
    """Replays a case of one agency's store.

    Attributes:
        stored: everything that the store holds of the case.
        directory: who is on the bus.
        now: the present.
        titles: the words for events.
    """

    stored: StoredCase
    directory: Directory
    now: datetime
    titles: Titles

    async def replay(self, wish: ReplayWish) -> Replay:
        """Replay the case. Raises ReplayError, or DamagedCaseError."""
        other = _ruleset(wish.ruleset)
        agency = self._agency(wish.agency)
        found, at = await self._stopped(wish.at, agency, "at")
        read = as_agency(found, agency)
        view, digest = _view(found, read)
        steps = tuple(self._steps(found, read, other, wish.after, wish.limit))
        last = wish.after + wish.limit
        return Replay(
            case_id=self.stored.case_id,
            agency=self.stored.agency,
            newest=len(self.stored.envelopes),
            at=at,
            cannot_open=_closed(found),
            digest=digest,
            view=view,
            reading=read,
            steps=steps,
            next=last if last < at.version else None,
        )

    async def difference(self, first: Moment, last: Moment, agency: AgencyId | None = None) -> CaseDifference:
        """The difference between two moments of the case. Raises ReplayError, or DamagedCaseError."""
        reader = self._agency(agency)
        before, since = await self._stopped(first, reader, "from")
        after, until = await self._stopped(last, reader, "to")
        if since.version > until.version:
            raise ReplayError("to", "ends-before-it-begins", "`to` lies before `from`.", "`to` ligger före `from`.")
        reads = as_agency(before, reader), as_agency(after, reader)
        views = [_view(each, read)[0] or {} for each, read in zip((before, after), reads, strict=True)]
        return CaseDifference(
            case_id=self.stored.case_id,
            agency=self.stored.agency,
            as_agency=reader,
            before=since,
            after=until,
            parts_before=_shown(before, reads[0]),
            parts_after=_shown(after, reads[1]),
            cannot_open=_closed(after),
            changes=difference(*views),
        )

    async def case(self, at: Moment, parts: frozenset[Part]) -> CaseReplica:
        """The case as the store's agency read it at a moment, and of that only the core and these parts.

        Raises ReplayError, or DamagedCaseError.
        """
        found, _ = await self._stopped(at, self.stored.agency, "at")
        if not found.case.takes_part(self.stored.agency) or found.case.unreadable:
            raise _could_not_read()
        own = found.case.readers.get(self.stored.agency, frozenset()) & (parts | {Part.CORE})
        case = replace(found.case, readers={**found.case.readers, self.stored.agency: own})
        return replace(case, view=case.shown(case.state))

    def _agency(self, agency: AgencyId | None) -> AgencyId:
        if agency is None:
            return self.stored.agency
        if self.directory.entry(agency) is None:
            raise ReplayError("as", "no-such-agency", "There is no such agency.", "Det finns ingen sådan aktör.")
        return agency

    async def _stopped(self, wanted: Moment | None, agency: AgencyId, parameter: str) -> tuple[PastCase, ReplayStop]:
        """The past up to a moment. For the store's own agency, what it had received and could open by then."""
        here = agency == self.stored.agency and isinstance(wanted, datetime)
        version = stop(self.stored, wanted, self.now, here=here, parameter=parameter)
        known_at = wanted if here and isinstance(wanted, datetime) else None
        found = await past(self.stored, self.directory, version, known_at)
        unknown = here and any(self.stored.times.received_at(each) is None for each in self.stored.envelopes[:version])
        moment = wanted if isinstance(wanted, datetime) else None
        by = "version" if moment is None else "received" if here else "recorded"
        return found, ReplayStop.model_validate({"version": version, "moment": moment, "by": by, "unknown": unknown})

    def _steps(
        self, past: PastCase, read: AsAgency, other: Ruleset | None, after: int, limit: int
    ) -> Iterator[ReplayStep]:
        opens = {(version, each.part) for each in read.parts for version in each.opens}
        known, shown = None, _shown(past, read)
        for event in past.events[after : after + limit]:
            before = _as_json(event.before) if known is None else known
            known = _as_json(event.case)
            yield self._step(past, event, opens, shown, (before, known), other)

    def _step(
        self,
        past: PastCase,
        event: FoldedEvent,
        opens: set[tuple[int, Part]],
        shown: Collection[Part],
        views: tuple[dict[str, Any], dict[str, Any]],
        other: Ruleset | None,
    ) -> ReplayStep:
        envelope, stored = event.envelope, self.stored
        version, kind, part = envelope.version, EVENTS.get(envelope.event_name), part_of_details(envelope)
        detailed = part is not Part.CORE and stored.lies_in(version, part)
        core_opens = not envelope.sealed or (version, Part.CORE) in opens
        details_open = (version, part) in opens if detailed else None
        written = written_as(past.case, event, details=details_open is not False) if core_opens else None
        type_read, data = read_as(envelope.type, written)
        return ReplayStep(
            version=version,
            event_id=envelope.event_id,
            type=envelope.type,
            title=None if kind is None else words(self.titles(kind)),
            agency=envelope.agency,
            recorded_at=envelope.recorded_at,
            received_at=stored.times.received_at(envelope),
            opened_at=stored.times.opened_at(envelope, Part.CORE),
            details_opened_at=stored.times.opened_at(envelope, part) if detailed else None,
            opens=core_opens,
            opens_details=details_open,
            part=part,
            ruleset=envelope.ruleset,
            set_aside=None if event.void is None else f"{event.void.reason} {event.void.detail}".strip(),
            type_read=type_read,
            data=data,
            written=None if (type_read, data) == (envelope.type, written) else written,
            changes=difference(*(_only(each, shown) for each in views)) if core_opens else (),
            otherwise=None if other is None else otherwise(event, other, self.directory),
        )


def _ruleset(id: str | None) -> Ruleset | None:
    if id is None:
        return None
    found = ruleset_named(id)
    if found is None:
        known = ", ".join(each.id for each in RULESETS)
        raise ReplayError("ruleset", "no-such-ruleset", f"The rulesets are: {known}.", f"Regelverken är: {known}.")
    return found


def _could_not_read() -> ReplayError:
    return ReplayError(
        "at",
        "not-readable-then",
        "This agency could not read the case at that moment.",
        "Den här aktören kunde inte läsa ärendet vid den tidpunkten.",
    )


def _shown(past: PastCase, read: AsAgency) -> tuple[Part, ...]:
    """The parts that the agency read, and that this store opens."""
    return tuple(sorted({each.part for each in read.parts if each.reads} & open_here(past)))


def _view(past: PastCase, read: AsAgency) -> tuple[dict[str, Any] | None, str | None]:
    case = past.case
    if case.unreadable:
        return None, None
    view = as_json(case.state, *_shown(past, read)) if read.takes_part else None
    return view, case.state.digest


def _as_json(case: CaseReplica) -> dict[str, Any]:
    return as_json(case.state, *Part)


def _only(view: Mapping[str, Any], parts: Collection[Part]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name not in PART_OF or PART_OF[name] in parts}


def _closed(past: PastCase) -> tuple[ClosedPart, ...]:
    """The parts that the store cannot follow."""
    case, found = past.case, []
    if case.unreadable:
        found.append(ClosedPart(part=Part.CORE, from_version=1 if case.previewed else case.state.version + 1))
    for part in sorted(case.stalled):
        first = next((each.envelope.version for each in past.events if part in each.case.stalled), None)
        found.append(ClosedPart(part=part, from_version=first))
    return tuple(found)
