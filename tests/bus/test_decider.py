"""The case and the directory are deciders of one kind: no code that uses a decider knows which it is."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from harness.bus import an_event
from harness.forging import RECORDED_AT, a_signer, admitted

from bus.decider import CASES, DIRECTORY, DIRECTORY_ID, Decider, decider_of, decider_of_event
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.directory.events import DIRECTORY_EVENTS, AgencySuspended
from contracts.directory.view import DirectoryView
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import EVENTS, Provenance
from contracts.law.in_force import ruleset_in_force
from contracts.vocabulary.agencies import COORDINATOR, AgencyKind

CASE = str(uuid4())
NGO = Provenance(str(uuid4()), "ngo-fyren", AgencyKind.NGO, RECORDED_AT)
COORDINATORS = Provenance(str(uuid4()), COORDINATOR, AgencyKind.COORDINATOR, RECORDED_AT)
KINDS = [
    pytest.param(CASES, CASE, VictimDetected.canonical(), NGO, id="case"),
    pytest.param(DIRECTORY, DIRECTORY_ID, admitted(a_signer("police")), COORDINATORS, id="directory"),
]


def test_every_stream_and_every_event_has_its_decider() -> None:
    """The directory by its one token, all else is a case."""
    assert decider_of(DIRECTORY_ID) is DIRECTORY
    assert decider_of(CASE) is CASES and decider_of("") is CASES
    assert {decider_of_event(name) for name in DIRECTORY_EVENTS} == {DIRECTORY}
    assert {decider_of_event(name) for name in EVENTS} == {CASES}


@pytest.mark.parametrize(("decider", "stream_id", "event", "by"), KINDS)
def test_an_event_that_is_let_through_moves_the_state_by_one(
    decider: Decider, stream_id: str, event: Any, by: Provenance
) -> None:
    """Given the beginning, when the first event is read and decided, then the state has one version more."""
    state = decider.initial(stream_id)
    assert state.version == 0
    read = decider.read(event.type_name(), event.model_dump_json().encode())
    assert read == event
    assert decider.decide(state, read, by) is None
    after = decider.evolve(state, read, by)
    assert after.version == 1 and state.version == 0, "states are values"
    assert decider.evolve(state, read, by) == after
    assert decider.decide(after, read, by) is not None, "it happens once"


@pytest.mark.parametrize(("decider", "stream_id", "event", "by"), KINDS)
def test_an_event_without_effect_only_counts(decider: Decider, stream_id: str, event: Any, by: Provenance) -> None:
    """The chain grows, nothing else changes."""
    before = decider.evolve(decider.initial(stream_id), event, by)
    skipped = decider.skip(before)
    assert skipped.version == before.version + 1
    assert skipped.model_copy(update={"version": before.version}) == before


@pytest.mark.parametrize(("decider", "stream_id", "event", "by"), KINDS)
@pytest.mark.parametrize("data", [b"", b"{}", b"[", b'{"occurred_at": 1}'])
def test_what_is_no_event_is_not_read(
    decider: Decider, stream_id: str, event: Any, by: Provenance, data: bytes
) -> None:
    """Nor is a type that nobody has published, or that belongs to the other kind of stream."""
    with pytest.raises(InvalidEventError):
        decider.read(event.type_name(), data)
    other = AgencySuspended if decider is CASES else VictimDetected
    for name in ("se.nrm.Nothing.v1", f"{event.type_name()}9", other.type_name()):
        with pytest.raises(UnknownEventTypeError):
            decider.read(name, event.model_dump_json().encode())


def test_the_rules_of_a_case_decide() -> None:
    """Given a case of the NGO's, when the police ask a question, then R3 objects, before and after it is opened."""
    state = CASES.evolve(CASES.initial(CASE), VictimDetected.canonical(), NGO)
    police = Provenance(str(uuid4()), "police", AgencyKind.POLICE, RECORDED_AT)
    refusal = CASES.decide(state, ConsultationRequested.canonical(), police)
    assert refusal is not None and refusal.rule.id == "R3"
    closed = CASES.closed_to(state, "police")
    assert closed is not None and closed.id == "R3"
    assert CASES.closed_to(state, "ngo-fyren") is None
    assert (CASES.takes_part(state, "ngo-fyren"), CASES.takes_part(state, "police")) == (True, False)


@pytest.mark.parametrize("day", ["2021-06-01", "2022-07-31", "2022-08-01", "2024-03-04"])
def test_the_ruleset_in_force_when_the_fact_occurred_decides(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the one of the day on which it was recorded, nor today's."""
    judged: list[str] = []
    monkeypatch.setattr("bus.decider.case_rules.decide", lambda _, __, ___, ruleset: judged.append(ruleset.id))
    CASES.decide(CASES.initial(CASE), an_event(VictimDetected, occurred_at=f"{day}T10:00:00Z"), NGO)
    assert judged == [ruleset_in_force(date.fromisoformat(day), NGO.recorded_at).id]


def test_the_coordinator_alone_keeps_the_directory() -> None:
    """Given an empty directory, when anybody else admits an agency, then that is refused; nobody takes part in it."""
    admission = admitted(a_signer("police"))
    refusal = DIRECTORY.decide(DirectoryView(), admission, NGO)
    assert refusal is not None
    state = DIRECTORY.evolve(DirectoryView(), admission, COORDINATORS)
    assert DIRECTORY.closed_to(state, "police") is None
    assert not DIRECTORY.takes_part(state, "police")
    assert DIRECTORY.refused_by_directory(state, admission, COORDINATORS, state) is None
