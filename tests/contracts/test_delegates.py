"""Delegates: the directory names who receives for an agency that is not on the bus, and a refusal says so."""

from __future__ import annotations

from typing import Any

import pytest
from harness.directories import admitted, stated
from pydantic import ValidationError

from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.directory.events import AgencySuspended, DelegateNamed
from contracts.directory.evolution import fold_directory
from contracts.directory.objections import objection
from contracts.directory.view import DirectoryView
from contracts.event.case_event import CaseEvent
from contracts.sweden.guidance.reachable import nobody_is_asked
from contracts.testing.given_when_then import given, issued
from contracts.vocabulary.agencies import COORDINATOR

MALMO = "municipality-1280"
LUND = "municipality-1281"
SYD = "coordinator-syd"
NAMED = stated(DelegateNamed)


def directory(*more: Any, on_the_bus: tuple[str, ...] = (SYD, COORDINATOR, LUND)) -> DirectoryView:
    """These agencies are on the bus, and this happened afterwards."""
    return fold_directory([*(admitted(agency, name=agency.title()) for agency in on_the_bus), *more])


def refused(event: type[CaseEvent], view: DirectoryView, **facts: Any) -> tuple[str, str, tuple[str, ...]]:
    """The refusal of an event: its English, its Swedish, and who can be asked."""
    refusal = nobody_is_asked(
        given(issued(VictimDetected, "ngo-fyren")).case, issued(event, "ngo-fyren", **facts).event, view
    )
    assert refusal is not None and refusal.rule.id == "R24"
    return refusal.missing.what.en, refusal.missing.what.sv, refusal.missing.supplied_by


def test_a_refusal_names_the_delegate_and_the_number() -> None:
    """In both languages; the delegate can be asked here, and by phone."""
    en, sv, who = refused(CaseReferred, directory(NAMED), recipient=MALMO)
    assert en == (
        "Malmö (municipality-1280) is not on the bus. Coordinator-Syd (coordinator-syd) receives for it here and by "
        "phone: 010-123 45 67. It can also be asked outside the bus, by a form, a link or phone."
    )
    assert sv == (
        "Malmö (municipality-1280) är inte ansluten. Coordinator-Syd (coordinator-syd) tar emot åt den här och per "
        "telefon: 010-123 45 67. Den kan också tillfrågas utanför bussen, med blankett, länk eller telefon."
    )
    assert who == (SYD,)


def test_a_delegate_that_cannot_do_what_is_asked_is_called() -> None:
    """A concern for a child is for social services to assess: the coordinator is no address for it, but has a phone."""
    en, sv, _ = refused(ChildConcernReported, directory(NAMED), municipality=MALMO)
    assert "receives for it by phone: 010-123 45 67" in en and "tar emot åt den per telefon" in sv
    neighbour = stated(DelegateNamed, delegate=LUND, phone=None)
    en, _, who = refused(ChildConcernReported, directory(neighbour), municipality=MALMO)
    assert "receives for it here and by phone: " in en and who == (LUND,)


def test_without_a_delegate_a_coordinator_is_named_as_before() -> None:
    """None was named, the naming ended, or the delegate is suspended."""
    ended = stated(DelegateNamed, delegate=None, phone=None)
    over = stated(AgencySuspended, agency=LUND)
    for view in (
        directory(),
        directory(NAMED, ended),
        directory(stated(DelegateNamed, delegate=LUND), over),
    ):
        en, _, who = refused(CaseReferred, view, recipient=MALMO)
        assert "receives for it" not in en and who == (SYD,)


def test_the_later_delegate_takes_the_place_of_the_earlier_one() -> None:
    """There is one for each agency."""
    view = directory(NAMED, stated(DelegateNamed, delegate=LUND))
    assert [(each.agency, each.delegate) for each in view.delegations] == [(MALMO, LUND)]


def test_an_agency_that_joins_receives_for_itself() -> None:
    """And the delegate receives again when it is suspended."""
    joined = directory(NAMED, admitted(MALMO))
    assert joined.delegation(MALMO) is None
    event = issued(CaseReferred, "ngo-fyren", recipient=MALMO).event
    assert nobody_is_asked(given(issued(VictimDetected, "ngo-fyren")).case, event, joined) is None
    suspended = directory(NAMED, admitted(MALMO), stated(AgencySuspended, agency=MALMO))
    assert "is suspended. Coordinator-Syd" in refused(CaseReferred, suspended, recipient=MALMO)[0]


@pytest.mark.parametrize(
    ("changes", "by", "says"),
    [
        ({"delegate": "coordinator-mitt"}, COORDINATOR, "coordinator-mitt is not on the bus"),
        ({"agency": LUND}, COORDINATOR, "is on the bus itself"),
        ({}, SYD, "Only the national coordinator"),
        ({}, LUND, "outside the mandate"),
    ],
)
def test_who_may_be_named_and_by_whom(changes: dict[str, Any], by: str, says: str) -> None:
    """A delegate that is there, for an agency that is not, by the national coordinator."""
    found = objection(directory(), *stated(DelegateNamed, by=by, **changes))
    assert found is not None and says in found.what.en
    assert objection(directory(), *stated(DelegateNamed)) is None


@pytest.mark.parametrize("changes", [{"delegate": MALMO}, {"delegate": None}, {"phone": "call me"}, {"phone": "1"}])
def test_a_delegate_is_another_agency_with_a_number(changes: dict[str, Any]) -> None:
    """Itself is none; a number without a delegate is nobody's."""
    with pytest.raises(ValidationError):
        stated(DelegateNamed, **changes)
