"""Older versions of an event are lifted step by step; a throwaway event shows how."""

import json
import types
from pathlib import Path
from typing import ClassVar

import pytest

from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven, Interpreter
from contracts.chapters.referral import CaseReferred
from contracts.errors import InvalidEventError
from contracts.event.case_event import EVENTS, CaseEvent, Chapter
from contracts.event.fact import Example
from contracts.event.upcasting import Data, Publications, read_event
from contracts.view.parts.referral import Urgency
from contracts.view.parts.status import ClosureReason
from contracts.vocabulary.agencies import ANY_AGENCY

SAMPLES = Path(__file__).parent / "samples"

THROWAWAY: dict[str, type[CaseEvent]] = {}


class ShelterVisited(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=ANY_AGENCY, version=3, among=THROWAWAY):
    """Version 1 had `guests`, version 2 renamed it `visitors`, version 3 added `hours`."""

    visitors: int
    hours: int

    example: ClassVar[Example] = {"occurred_at": "2024-03-04T09:30:00Z", "visitors": 2, "hours": 1}


def publications() -> Publications[CaseEvent]:
    """The throwaway event with both of its upcasters."""
    published = Publications(THROWAWAY)

    @published.upcasts("se.nrm.ShelterVisited.v1")
    def guests_are_visitors(data: Data) -> Data:
        return {**{k: v for k, v in data.items() if k != "guests"}, "visitors": data.get("guests")}

    @published.upcasts("se.nrm.ShelterVisited.v2")
    def a_visit_took_an_hour(data: Data) -> Data:
        return {**data, "hours": 1}

    return published


@pytest.mark.parametrize(
    ("version", "rest"),
    [(1, '"guests": 2'), (2, '"visitors": 2'), (3, '"visitors": 2, "hours": 1')],
)
def test_every_version_reads_as_the_current_one(version: int, rest: str) -> None:
    """Version 1 passes through version 2 to become version 3."""
    data = f'{{"occurred_at": "2024-03-04T09:30:00Z", {rest}}}'.encode()
    assert publications().read(f"se.nrm.ShelterVisited.v{version}", data) == ShelterVisited.canonical()


@pytest.mark.parametrize("data", [b'{"occurred_at": "2024-03-04T09:30:00Z"}', b"[]", b"{", b'{"guests": 2}'])
def test_an_old_event_is_still_judged_strictly(data: bytes) -> None:
    """What an upcaster makes of bad data is refused like any bad data."""
    with pytest.raises(InvalidEventError):
        publications().read("se.nrm.ShelterVisited.v1", data)


@pytest.mark.parametrize("version", [2, 3])
def test_a_version_has_one_reader(version: int) -> None:
    """A second upcaster, or one for the current version, is a mistake found at start."""
    with pytest.raises(TypeError):
        publications().upcasts(f"se.nrm.ShelterVisited.v{version}")(lambda data: data)


def test_throwaway_events_stay_out_of_the_published_ones() -> None:
    """Declaring an event among others leaves the published ones alone."""
    assert "ShelterVisited" not in EVENTS


def test_two_events_cannot_share_a_name() -> None:
    """A name means one thing."""
    with pytest.raises(TypeError, match="ShelterVisited"):
        types.new_class(
            "ShelterVisited",
            (CaseEvent,),
            {"chapter": Chapter.ASSISTANCE, "issuers": ANY_AGENCY, "among": THROWAWAY},
        )


def test_a_consent_of_version_1_says_nothing_of_an_interpreter() -> None:
    """All else is as it was; whether somebody interpreted was not asked then, which is not the same as nobody."""
    first = (SAMPLES / "ConsentGiven.v1.json").read_bytes()
    lifted = read_event("se.nrm.ConsentGiven.v1", first)
    assert isinstance(lifted, ConsentGiven)
    assert (lifted.interpreter, lifted.form_digest) == (Interpreter.NOT_RECORDED, None)
    then = lifted.model_dump(mode="json", exclude={"interpreter", "form_digest", "explained_text"})
    assert then == json.loads(first)


def test_a_consent_of_version_2_names_no_text() -> None:
    """All else is as it was."""
    second = (SAMPLES / "ConsentGiven.v2.json").read_bytes()
    lifted = read_event("se.nrm.ConsentGiven.v2", second)
    assert isinstance(lifted, ConsentGiven)
    assert lifted.explained_text is None
    assert lifted.model_dump(mode="json", exclude={"explained_text"}) == json.loads(second)


def test_a_referral_of_version_1_is_ordinary() -> None:
    """Nobody was asked how urgent it was; all else is as it was."""
    first = (SAMPLES / "CaseReferred.v1.json").read_bytes()
    lifted = read_event("se.nrm.CaseReferred.v1", first)
    assert isinstance(lifted, CaseReferred)
    assert lifted.urgency is Urgency.ORDINARY
    assert lifted.model_dump(mode="json", exclude={"urgency"}, exclude_unset=True) == json.loads(first)


def test_a_closure_of_version_1_is_no_duplicate() -> None:
    """The reason was not there to choose."""
    first = (SAMPLES / "CaseClosed.v1.json").read_bytes()
    lifted = read_event("se.nrm.CaseClosed.v1", first)
    assert isinstance(lifted, CaseClosed)
    assert (lifted.reason, lifted.duplicate_of) == (ClosureReason.RETURNED, None)
    with pytest.raises(InvalidEventError):
        read_event("se.nrm.CaseClosed.v1", first.replace(b'"returned"', b'"duplicate"'))


def test_a_reminder_of_version_1_says_what_it_said() -> None:
    """Version 2 has one more kind of deadline, and changes nothing else."""
    first = (SAMPLES / "DeadlineReminded.v1.json").read_bytes()
    lifted = read_event("se.nrm.DeadlineReminded.v1", first)
    assert isinstance(lifted, DeadlineReminded)
    assert lifted.model_dump(mode="json") == json.loads(first)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (ConsentGiven, {"form": "oral"}),
        (ConsentGiven, {"form_digest": "9b74"}),
        (CaseClosed, {"reason": "duplicate"}),
        (CaseClosed, {"duplicate_of": "018e0a00-0000-7000-8000-000000000001"}),
        (CaseClosed, {"reason": "duplicate", "duplicate_of": "the other one"}),
    ],
)
def test_what_version_2_asks_for_fits_together(event: type[CaseEvent], changes: Data) -> None:
    """What is said has no form to digest; a duplicate, and nothing else, names the other case."""
    with pytest.raises(InvalidEventError):
        read_event(event.type_name(), json.dumps({**event.example, **changes}).encode())
