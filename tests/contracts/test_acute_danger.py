"""Acute danger: the police are told without consent, on a ground in law, and stay only while there is a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralWithdrawn
from contracts.privacy.readers import NARROWING, may_read_case
from contracts.sweden.chapters.acute_danger import GROUNDS, PoliceAlertAnswered, PoliceAlerted
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.parts.alerts import AlertGround
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import AgencyKind

DETECTED = issued(VictimDetected, NGO, occurred_at="2026-12-01T09:30:00Z")
ALERTED = OTHER_CASES["acute danger"][:2]
NO_DANGER = issued(PoliceAlertAnswered, POLICE, measure="no-danger")
CONSENTS, REFERS = OTHER_CASES["a referral to its end"][1:3]
TO_POLICE = issued(
    CaseReferred,
    NGO,
    id=event_id(97 + 200),
    occurred_at="2026-12-02T10:00:00Z",
    respond_by="2026-12-20T10:00:00Z",
    recipient=POLICE,
    purposes=["investigation"],
    services=[],
)
CONSENTED = (
    DETECTED,
    issued(
        type(CONSENTS.event),
        NGO,
        occurred_at="2026-12-01T13:00:00Z",
        recipients=[POLICE],
        purposes=["investigation"],
        valid_until="2027-06-01",
    ),
    TO_POLICE,
)


def readers(*events: Issued) -> frozenset[str]:
    """Who may read the case after these events."""
    return may_read_case(given(*events).case)


def participation(*events: Issued) -> Participation | None:
    """How the police take part after these events; None: they do not."""
    return next((p.participation for p in given(*events).case.participants if p.agency == POLICE), None)


def test_the_police_read_the_case_without_any_consent() -> None:
    """From the alert on, and not before."""
    assert POLICE not in readers(DETECTED)
    assert POLICE in readers(*ALERTED)
    assert participation(*ALERTED) is Participation.ALERTED


def test_police_that_find_no_danger_leave() -> None:
    """They read nothing that comes later, and a new key is made."""
    assert POLICE not in readers(*ALERTED, NO_DANGER)
    assert PoliceAlertAnswered.__name__ in NARROWING
    assert [former.agency for former in given(*ALERTED, NO_DANGER).case.former] == [POLICE]


@pytest.mark.parametrize("measure", ["safe", "searching", "not-found"])
def test_police_that_found_a_danger_stay(measure: str) -> None:
    """They go on with the case."""
    assert POLICE in readers(*ALERTED, issued(PoliceAlertAnswered, POLICE, measure=measure))


def test_one_alert_that_came_to_nothing_does_not_end_another() -> None:
    """The police leave when each alert has."""
    second = issued(PoliceAlerted, NGO, id=event_id(301))
    assert POLICE in readers(*ALERTED, second, NO_DANGER)
    over = issued(PoliceAlertAnswered, POLICE, id=event_id(302), alert_id=event_id(301), measure="no-danger")
    assert POLICE not in readers(*ALERTED, second, NO_DANGER, over)


def test_police_that_lead_an_investigation_stay() -> None:
    """Whatever the alert came to."""
    opened = issued(InvestigationOpened, POLICE, occurred_at="2026-12-03T23:00:00Z")
    assert POLICE in readers(*ALERTED, opened, NO_DANGER)


def test_an_alert_outlasts_consent_and_consent_outlasts_an_alert() -> None:
    """While there is danger, a withdrawn consent sends nobody away; then the police are there by consent again."""
    alert, withdrawn = (
        ALERTED[1],
        issued(ConsentWithdrawn, NGO, consent_id=CONSENTED[1].by.event_id, occurred_at="2026-12-04T08:00:00Z"),
    )
    assert participation(*CONSENTED) is Participation.OFFERED
    assert participation(*CONSENTED, alert, withdrawn) is Participation.ALERTED
    assert participation(*CONSENTED, alert, NO_DANGER) is Participation.REFERRED
    taken_back = issued(ReferralWithdrawn, NGO, offer_id=TO_POLICE.by.event_id, occurred_at="2026-12-05T08:00:00Z")
    assert participation(*CONSENTED, alert, NO_DANGER, taken_back) is None


def test_every_kind_that_may_tell_the_police_has_a_ground() -> None:
    """And the police and auditors, which may not, have none."""
    assert set(GROUNDS) == PoliceAlerted.issuers
    assert set(AlertGround) == set().union(*GROUNDS.values())


@pytest.mark.parametrize("age_band", ["minor", "unknown", "adult"])
def test_a_ground_on_children_is_for_who_may_be_a_child(age_band: str) -> None:
    """Somebody of unknown age is presumed to be one."""
    detected = issued(VictimDetected, MUNICIPALITY, occurred_at="2026-12-01T09:30:00Z", age_band=age_band)
    outcome = given(detected).when(issued(PoliceAlerted, MUNICIPALITY, ground="child-in-danger"))
    if age_band == "adult":
        assert "necessity" in outcome.then_refused("R26").missing.what.en
    else:
        outcome.then_taken()


def test_before_the_newest_law_nobody_alerts_so() -> None:
    """A danger of May 2026 was told by phone alone."""
    told: dict[str, Any] = {"occurred_at": "2026-05-03T22:10:00Z", "called_112_at": "2026-05-03T22:04:00Z"}
    detected = issued(VictimDetected, NGO, occurred_at="2026-05-01T09:30:00Z")
    given(detected).when(
        issued(PoliceAlerted, NGO, recorded_at=datetime(2026, 12, 5, 8, tzinfo=UTC), **told)
    ).then_refused("R20")


def test_a_kind_of_agency_names_its_own_grounds() -> None:
    """An authority is bound by secrecy, an organisation by the data protection regulation."""
    assert AlertGround.VITAL_INTERESTS in GROUNDS[AgencyKind.NGO]
    assert AlertGround.SERIOUS_OFFENCE in GROUNDS[AgencyKind.MIGRATION]
    assert AlertGround.VITAL_INTERESTS not in GROUNDS[AgencyKind.MIGRATION]
