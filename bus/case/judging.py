"""Judge an event: the state after it, or the reason why it is void. Pure; it never raises.

An event in sections gets two verdicts. All participants give the same one on its core, from the core alone; the readers
of its part give the other one. Where the rules of the part object, only the effect on the part falls away.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from bus.decider import State, decider_of
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.void_event import VoidEvent
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.sections import read_core, read_whole
from contracts.law.decider import decide_core, decide_part, evolve_core, evolve_part
from contracts.law.in_force import ruleset_in_force
from contracts.view.case_view import CaseView
from contracts.vocabulary.parts import Part

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DetailsAsOpened:
    """The details of an event in sections, as far as we have them.

    `content`: their JSON; None when there are none, or when we cannot open them. `void`: the fault of their form.
    """

    content: bytes | None = None
    unopened: bool = False
    void: VoidEvent | None = None

    @property
    def there(self) -> bool:
        """True if the event has details, whether or not we can open them."""
        return self.content is not None or self.unopened or self.void is not None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Both verdicts on an event.

    Attributes:
        state: The state after it.
        void: The reason why it has no effect, or none on its part; None when it has its effects.
        event: The event, if it was parsed. None when we cannot open details that it must have.
        effect: True if the core has the event's effect.
        part: The part that the event belongs to.
        stalls: True if from now on we cannot follow that part.
    """

    state: State
    void: VoidEvent | None
    event: Any
    effect: bool
    part: Part = Part.CORE
    stalls: bool = False


def provenance(envelope: Envelope, directory: Directory) -> Provenance:
    """Return the provenance of an event, as the rules need it: its id, agency, kind of agency and time."""
    return Provenance(envelope.event_id, envelope.agency, directory.kind_of(envelope.agency), envelope.recorded_at)


def judge(view: State, envelope: Envelope, content: bytes, directory: Directory) -> tuple[State, VoidEvent | None, Any]:
    """Return the state after the event, the reason if the event is void (else None), and the event if it was parsed.

    A void event changes only the version of the state.
    """
    decider, event = decider_of(envelope.case_id), None
    try:
        event = decider.read(envelope.type, content)
        void = _misplaced(event, envelope)
        if void is None:
            by = provenance(envelope, directory)
            refusal = decider.decide(view, event, by)
            if refusal is None:
                return decider.evolve(view, event, by), None, event
            void = VoidEvent("refused", refusal.rule.id)
    except (InvalidEventError, UnknownEventTypeError):
        void = _not_a(envelope)
    except Exception as error:  # one faulty event must not stop the replica and so every other case
        void = _failed(envelope, error)
    return decider.skip(view), void, event


def judge_sections(
    state: CaseView,
    envelope: Envelope,
    content: bytes,
    details: DetailsAsOpened,
    directory: Directory,
    stalled: Collection[Part] = (),
) -> Verdicts:
    """Return the verdicts on an event in sections. `content`: its core. `stalled`: the parts that we cannot follow."""
    before = state.with_parts()
    try:
        by = provenance(envelope, directory)
        core = read_core(envelope.type, content)
        void = _misplaced(core, envelope)
        if void is None:
            ruleset = ruleset_in_force(core.occurred_on, by.recorded_at)
            refusal = decide_core(before, core, by, ruleset, detailed=details.there)
            void = None if refusal is None else VoidEvent("refused", refusal.rule.id)
        if void is None:
            after = evolve_core(before, core, by)
    except (InvalidEventError, UnknownEventTypeError):
        return Verdicts(before.advanced(), _not_a(envelope), None, effect=False)
    except Exception as error:  # one faulty event must not stop the replica and so every other case
        return Verdicts(before.advanced(), _failed(envelope, error), None, effect=False)
    part = type(core).part
    if void is not None:
        return Verdicts(before.advanced(), void, _whole(envelope, content, details), effect=False, part=part)
    if part is Part.CORE:
        return Verdicts(after, None, core, effect=True)
    if details.unopened:
        return Verdicts(after, None, _whole(envelope, content, DetailsAsOpened()), effect=True, part=part, stalls=True)
    event = _whole(envelope, content, details)
    if event is None or any(getattr(event, name) != getattr(core, name) for name in type(core).core_fields()):
        return Verdicts(after, details.void or _not_a(envelope), None, effect=True, part=part)
    if part in stalled:
        return Verdicts(after, None, event, effect=True, part=part)
    try:
        refusal = decide_part(before, event, by, ruleset)
        if refusal is not None:
            return Verdicts(after, VoidEvent("refused", refusal.rule.id), event, effect=True, part=part)
        return Verdicts(evolve_part(after, event, by), None, event, effect=True, part=part)
    except Exception as error:
        return Verdicts(after, _failed(envelope, error), event, effect=True, part=part)


def _whole(envelope: Envelope, core: bytes, details: DetailsAsOpened) -> CaseEvent | None:
    """Return the whole event, or None when the sections are none together."""
    try:
        return None if details.void is not None else read_whole(envelope.type, core, details.content)
    except (InvalidEventError, UnknownEventTypeError):
        return None


def _misplaced(event: Any, envelope: Envelope) -> VoidEvent | None:
    """Return why an event may not stand in this envelope, or None."""
    if event.sealed != envelope.sealed:
        return VoidEvent("unreadable", "sealed" if envelope.sealed else "not sealed")
    if (ruleset := ruleset_in_force(event.occurred_on, envelope.recorded_at).id) != envelope.ruleset:
        return VoidEvent("wrong-ruleset", f"judged by {envelope.ruleset}, in force was {ruleset}"[:200])
    return None


def _not_a(envelope: Envelope) -> VoidEvent:
    return VoidEvent("unreadable", f"the data is not a {envelope.type}"[:200])


def _failed(envelope: Envelope, error: Exception) -> VoidEvent:
    log.error("an event could not be judged", extra={"event_id": envelope.event_id, "error": type(error).__name__})
    return VoidEvent("failed", type(error).__name__)
