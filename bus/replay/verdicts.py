"""Another ruleset's verdict on an event of a case, and the event as it was written and as it is read today. Pure."""

from __future__ import annotations

import json
from typing import Any

from bus.case.case_replica import CaseReplica
from bus.case.judging import provenance
from bus.directory.directory import Directory
from bus.replay.account import BothTexts, OtherVerdict
from bus.replica.stored import FoldedEvent
from contracts.errors import StafettError
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.event.sections import core_of, has_details, without_details
from contracts.event.upcasting import PUBLICATIONS
from contracts.law.decider import decide, decide_core
from contracts.law.ruleset import Ruleset
from contracts.vocabulary.parts import Part
from contracts.vocabulary.wording import Wording


def otherwise(event: FoldedEvent, ruleset: Ruleset, directory: Directory) -> OtherVerdict:
    """The verdict of a ruleset on an event, on the case as it was before the event."""
    said, case = event.event, event.before
    before = case.next_state if event.envelope.in_sections else case.state
    refused = event.void is not None and event.void.reason == "refused"
    if not isinstance(said, CaseEvent) or event.before.unreadable or (event.void is not None and not refused):
        return OtherVerdict(ruleset=ruleset.id, judged=False)
    by = provenance(event.envelope, directory)
    try:
        reads_part = said.part in event.before.parts | event.case.parts | {Part.CORE}
        if reads_part:
            refusal = decide(before, said, by, ruleset)
        else:
            refusal = decide_core(before, core_of(said), by, ruleset, detailed=has_details(said))
    except Exception:  # as in a fold: one faulty event must not end the replay
        return OtherVerdict(ruleset=ruleset.id, judged=False)
    return OtherVerdict(
        ruleset=ruleset.id,
        judged=True,
        rule=None if refusal is None else refusal.rule.id,
        rule_text=None if refusal is None else words(refusal.rule.wording),
        missing=None if refusal is None else words(refusal.missing.what),
        core_only=not reads_part,
        differs=(refusal is not None) != refused,
    )


def written_as(case: CaseReplica, event: FoldedEvent, *, details: bool) -> dict[str, Any] | None:
    """The event as it was written, as far as its case shows it; `details`: whether they may be shown."""
    kind = EVENTS.get(event.envelope.event_name)
    content = None if event.content is None else case.content_of(event.envelope)
    if content is None:
        return None
    if not details and kind is not None:
        content = without_details(kind, content)
    try:
        said = json.loads(content)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def read_as(type_name: str, written: dict[str, Any] | None) -> tuple[str | None, dict[str, Any] | None]:
    """The event in the form of its newest version, and the name of that version; None where it cannot be read."""
    if written is None:
        return None, None
    try:
        kind, lifted = PUBLICATIONS.lifted(type_name, json.dumps(written).encode())
    except StafettError:
        return None, None
    return kind.type_name(), json.loads(lifted)


def words(text: Wording) -> BothTexts:
    """The text in the form of an answer."""
    return BothTexts(en=text.en, sv=text.sv)
