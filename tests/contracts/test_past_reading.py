"""What an agency could read at a version, on what ground, and which events that opened."""

from __future__ import annotations

from typing import Any

from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested, holders_of
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined
from contracts.event.case_event import CaseEvent
from contracts.law.parts import ReadingReason, parts_of, readers
from contracts.privacy.past_reading import REASONS, ReadPart, epochs_as_sealed, reading
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, SINCE_2026
from contracts.testing.given_when_then import Given, Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.vocabulary.parts import Part

NGO, MUNICIPALITY, POLICE = "ngo-fyren", "municipality-0180", "police"
AT = SINCE_2026.isoformat()


def said(event: type[CaseEvent], by: str, id: str | None = None, **changes: Any) -> Issued:
    """An event of December 2026."""
    return issued(event, by, id=id, recorded_at=SINCE_2026, **{"occurred_at": AT, **changes})


def shared() -> tuple[list[CaseView], list[Issued], list[str]]:
    """The views of a case from version 0: the municipality takes it and loses its consent, the police decline."""
    ids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(1, 4)]
    soon = {"respond_by": "2026-12-20T09:00:00+01:00", "purposes": ["support"]}
    wish = {
        "recipients": [MUNICIPALITY, POLICE],
        "purposes": ["support"],
        "data_classes": [],
        "valid_until": "2027-02-01",
    }
    events = [
        said(VictimDetected, NGO),
        said(ConsentGiven, NGO, ids[0], **wish),
        said(CaseReferred, NGO, ids[1], recipient=MUNICIPALITY, **soon),
        said(CaseReferred, NGO, ids[2], recipient=POLICE, **soon),
        said(ReferralAccepted, MUNICIPALITY, offer_id=ids[1]),
        said(NeedsAssessed, NGO),
        said(NeedsAssessed, MUNICIPALITY),
        said(ReferralDeclined, POLICE, offer_id=ids[2]),
        said(ConsentWithdrawn, NGO, consent_id=ids[0], recipients=[MUNICIPALITY]),
        said(NeedsAssessed, NGO),
    ]
    return views_of(events), events, ids


def views_of(events: list[Issued]) -> list[CaseView]:
    """The view at each version, from 0."""
    case = given()
    views = [case.case]
    for each in events:
        case = Given(case.when(each).then_taken())
        views.append(case.case)
    return views


def read_at(version: int, agency: str) -> dict[Part, ReadPart]:
    """What an agency could read of the shared case at a version."""
    views, events, _ = shared()

    def lies_in(at: int, part: Part) -> bool:
        return part in (Part.CORE, events[at - 1].event.part)

    return {each.part: each for each in reading(views[: version + 1], agency, lies_in)}


def test_the_acceptance_and_the_consent_are_named() -> None:
    """The support opens with the acceptance, on the offer and by the consent. The offer alone opened nothing."""
    _, _, (consent, offer, _) = shared()
    assert read_at(2, MUNICIPALITY) == {}
    assert read_at(4, MUNICIPALITY) == {}
    (ground,) = read_at(6, MUNICIPALITY)[Part.SUPPORT].grounds
    assert (ground.reason, ground.about, ground.consents) == (ReadingReason.ACCEPTED_WITH_CONSENT, offer, (consent,))
    assert ground.since == 5
    (lead,) = read_at(6, NGO)[Part.SUPPORT].grounds
    assert (lead.reason, lead.since, lead.consents) == (ReadingReason.LEADS, 1, ())


def test_who_left_opens_what_it_had_and_nothing_later() -> None:
    """Consent was withdrawn at version 9; the event that did so was written while it still read."""
    found = read_at(10, MUNICIPALITY)
    assert not found[Part.CORE].reads and found[Part.CORE].last == 8 and found[Part.CORE].grounds == ()
    assert found[Part.CORE].opens == tuple(range(1, 10))
    assert found[Part.SUPPORT].opens == (1, 6, 7)  # the detection has a note
    assert read_at(10, NGO)[Part.SUPPORT].opens == (1, 6, 7, 10)
    assert read_at(10, POLICE) == {}  # it declined by the preview


def test_the_parts_are_those_that_the_law_gives() -> None:
    """At every version of every case of the examples, for each agency: the same parts, each on at least one ground."""
    for events in (CANONICAL_CASE, *OTHER_CASES.values()):
        views = views_of(list(events))
        agencies = {agency for view in views for agency in readers(view)}
        for version in (len(views) // 2, len(views) - 1):
            for agency in agencies:
                found = reading(views[: version + 1], agency, lambda at, part: True)
                reads = {each.part for each in found if each.reads}
                assert reads == parts_of(views[version], agency)
                assert all(bool(each.grounds) == each.reads for each in found)
                assert all(views[0].version < ground.since <= version for each in found for ground in each.grounds)


def test_an_erased_case_opens_to_nobody() -> None:
    """Nor does the agency that has confirmed read anything, while others have not yet."""
    events = shared()[1]
    wish = said(ErasureRequested, NGO, "90000000-0000-4000-8000-000000000000", holders=holders_of(views_of(events)[-1]))
    begun = Given(views_of(events)[-1]).when(wish).then_taken()
    gone = Given(begun).when(said(ErasureConfirmed, NGO, request_id=wish.by.event_id)).then_taken()
    views = [*views_of(events), begun, gone]
    assert reading(views, NGO, lambda at, part: True) == ()


def test_an_epoch_as_sealed_begins_before_its_first_event() -> None:
    """Whoever read the part then, or later, got its key."""
    assert epochs_as_sealed([None, "a", None, "a", "b", "a"]) == [None, 0, None, 0, 3, 0]


def test_every_reason_has_words() -> None:
    """In both languages."""
    assert REASONS.keys() == set(ReadingReason)
    assert all(words.en and words.sv and words.en != words.sv for words in REASONS.values())
