"""Judge an event: the state after it, or the reason why it is void. Pure; it never raises."""

from __future__ import annotations

import logging
from typing import Any

from bus.decider import State, decider_of
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.void_event import VoidEvent
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import Provenance
from contracts.law.in_force import ruleset_in_force

log = logging.getLogger(__name__)


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
        if event.sealed != envelope.sealed:
            void = VoidEvent("unreadable", "sealed" if envelope.sealed else "not sealed")
        elif (ruleset := ruleset_in_force(event.occurred_on, envelope.recorded_at).id) != envelope.ruleset:
            void = VoidEvent("wrong-ruleset", f"judged by {envelope.ruleset}, in force was {ruleset}"[:200])
        else:
            by = provenance(envelope, directory)
            refusal = decider.decide(view, event, by)
            if refusal is None:
                return decider.evolve(view, event, by), None, event
            void = VoidEvent("refused", refusal.rule.id)
    except (InvalidEventError, UnknownEventTypeError):
        void = VoidEvent("unreadable", f"the data is not a {envelope.type}"[:200])
    except Exception as error:  # one faulty event must not stop the replica and so every other case
        log.error("an event could not be judged", extra={"event_id": envelope.event_id, "error": type(error).__name__})
        void = VoidEvent("failed", type(error).__name__)
    return decider.skip(view), void, event
