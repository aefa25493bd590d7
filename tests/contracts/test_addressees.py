"""Nobody is asked who is not there: every event that asks an agency to act, and every reason why it cannot be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from harness.directories import admitted, stated

from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.directory.addressees import Obstacle, unreachable
from contracts.directory.events import AgencySuspended
from contracts.directory.evolution import fold_directory
from contracts.directory.view import DirectoryView
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.sweden.guidance.reachable import nobody_is_asked
from contracts.testing.given_when_then import given, issued
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import COORDINATOR, AgencyKind, kind_named_by

ASKING = [event for event in EVENTS.values() if event.canonical().addressees()]
NAMED_ONLY = {
    ("SupportPlanDrafted", "goals"): "who gives a service of the plan; it is asked by a referral",
    ("SupportPlanRevised", "goals"): "likewise",
    ("IntegrationPlanDrafted", "goals"): "likewise",
    ("ConsentGiven", "recipients"): "who may receive the case, perhaps once it has joined the bus",
    ("ConsentWithdrawn", "recipients"): "who may no longer",
    ("ReferralDeclined", "suggested_recipient"): "a proposal; the referral that follows it is judged",
    ("ReferralHandedBack", "suggested_recipient"): "likewise",
    ("ExternalReferralMade", "recipient"): "who is asked outside the bus, because the directory does not have it",
    ("DeadlineReminded", "concerns"): "who took part when the clock looked",
    ("ErasureRequested", "holders"): "who holds what is erased, and stays a holder when it is suspended",
    ("ResidencePermitRequested", "providers_consulted"): "who was spoken with before",
}
"""The fields that name agencies without asking them to act, and why."""


def directory_of(*agencies: str, suspended: Iterable[str] = ()) -> DirectoryView:
    """These agencies are admitted, and some of them suspended."""
    over = [stated(AgencySuspended, agency=agency) for agency in suspended]
    return fold_directory([*(admitted(agency) for agency in agencies), *over])


def agency_of(kind: AgencyKind) -> str:
    """An agency whose name says that it is of a kind."""
    return kind.value if kind in (AgencyKind.COORDINATOR, AgencyKind.IOM, AgencyKind.POLICE) else f"{kind}-x"


def names_agencies(schema: dict[str, Any], defs: dict[str, Any]) -> bool:
    """Whether a field, or something in it, is the id of an agency, as its pattern tells."""
    if schema.get("pattern") == r"^[a-z][a-z0-9-]{1,62}$":
        return True
    if "$ref" in schema:
        return any(
            names_agencies(each, defs)
            for each in defs[schema["$ref"].rpartition("/")[2]].get("properties", {}).values()
        )
    parts = [schema.get("items", {}), *schema.get("anyOf", ())]
    return any(names_agencies(part, defs) for part in parts if part)


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_every_field_that_names_an_agency_asks_it_or_says_why_not(event: type[CaseEvent]) -> None:
    """An event that is added later cannot forget it."""
    schema = event.model_json_schema()
    naming = {name for name, field in schema["properties"].items() if names_agencies(field, schema.get("$defs", {}))}
    asked = set(event.canonical().addressees())
    said = {name: getattr(event.canonical(), name) for name in naming}
    asks = {name for name, value in said.items() if asked & set(value if isinstance(value, tuple) else (value,))}
    assert naming - asks == {name for of, name in NAMED_ONLY if of == event.__name__}


@pytest.mark.parametrize("event", ASKING, ids=lambda event: event.__name__)
def test_each_addressee_is_there_and_can_do_it(event: type[CaseEvent]) -> None:
    """All are there: no objection. One of them is absent, suspended, or of each kind that cannot: it is named."""
    said = event.canonical()
    kinds = said.addressees()
    there = {*kinds, COORDINATOR}
    assert unreachable(said, directory_of(*there)) is None
    for agency, able in kinds.items():
        others = there - {agency}
        lost = unreachable(said, directory_of(*others))
        assert lost is not None and (lost.agency, lost.obstacle) == (agency, Obstacle.NOT_ADMITTED)
        lost = unreachable(said, directory_of(*there, suspended=[agency]))
        assert lost is not None and (lost.agency, lost.obstacle) == (agency, Obstacle.SUSPENDED)
        for kind in set(AgencyKind) - able:
            entry = admitted(agency, kind=kind)
            lost = unreachable(said, fold_directory([*(admitted(other) for other in others), entry]))
            if agency != COORDINATOR:  # the first admission is the coordinator's own
                assert lost is not None and (lost.agency, lost.obstacle, lost.kinds) == (
                    agency,
                    Obstacle.WRONG_KIND,
                    able,
                )


def test_asking_is_counted() -> None:
    """Fourteen events ask somebody to act."""
    assert {event.__name__ for event in ASKING} == {
        "AppealLodged",
        "BenefitAppealLodged",
        "CaseReferred",
        "ChargeBrought",
        "ChildConcernReported",
        "CompensationClaimed",
        "ConsultationRequested",
        "CounselAppointed",
        "GuardianRequested",
        "LabourInspectionRequested",
        "LeadHandedOver",
        "PoliceAlerted",
        "ReturnRequested",
        "TransnationalReferralOffered",
    }


def refused(event: type[CaseEvent], directory: DirectoryView, region: str = "01", **facts: Any) -> tuple[str, ...]:
    """The refusal of an event in a case of a region: its English, its Swedish, and who can be reached."""
    case: CaseView = given(issued(VictimDetected, "ngo-fyren", region=region, municipality=None)).case
    refusal = nobody_is_asked(case, issued(event, "ngo-fyren", **facts).event, directory)
    assert refusal is not None and refusal.rule.id == "R24"
    return refusal.missing.what.en, refusal.missing.what.sv, *refusal.missing.supplied_by


def test_the_regional_coordinator_of_the_place_is_named() -> None:
    """Malmö is not on the bus, and the coordinator of region Syd is."""
    english, swedish, *who = refused(
        ChildConcernReported, directory_of(COORDINATOR, "coordinator-syd"), municipality="municipality-1280"
    )
    assert who == ["coordinator-syd"]
    assert english == (
        "Malmö (municipality-1280) is not on the bus. Regional coordinator Syd (coordinator-syd) can be reached here "
        "and by phone: +46 40 34 93 54, +46 73 435 27 92, +46 40 34 93 55, +46 70 851 12 73."
    )
    assert swedish == (
        "Malmö (municipality-1280) är inte ansluten. Regionkoordinator Syd (coordinator-syd) kan nås här och per "
        "telefon: +46 40 34 93 54, +46 73 435 27 92, +46 40 34 93 55, +46 70 851 12 73."
    )


@pytest.mark.parametrize("agency", ["municipality-1280", "municipality-9999", "polisen"])
def test_the_national_coordinator_is_named_where_no_other_is_there(agency: str) -> None:
    """Neither the region's coordinator nor, in the second and third case, the place is known."""
    english, _, *who = refused(ChildConcernReported, directory_of(COORDINATOR), municipality=agency)
    assert who == [COORDINATOR] and english.endswith("(coordinator) can be reached here and by phone: +46 20 390 000.")


def test_the_place_of_the_case_counts_where_the_agency_has_none() -> None:
    """A case in Skåne, then in Norrbotten, and an agency of which nothing is known."""
    directory = directory_of(COORDINATOR, "coordinator-syd")
    assert refused(ChildConcernReported, directory, region="12", municipality="ngo-nowhere")[2:] == ("coordinator-syd",)
    assert refused(ChildConcernReported, directory, region="25", municipality="ngo-nowhere")[2:] == (COORDINATOR,)


def test_who_is_asked_in_vain_is_not_named_as_who_can_be_reached() -> None:
    """A regional coordinator that is not on the bus, or is suspended, gives way to the national one."""
    for directory in (
        directory_of(COORDINATOR),
        directory_of(COORDINATOR, "coordinator-syd", suspended=["coordinator-syd"]),
    ):
        assert refused(ConsultationRequested, directory, region="12", coordinator="coordinator-syd")[2:] == (
            COORDINATOR,
        )


def test_without_a_national_coordinator_there_is_the_phone() -> None:
    """A bus that has lost its coordinator still says a number."""
    english, _, *who = refused(ConsultationRequested, directory_of(COORDINATOR, suspended=[COORDINATOR]))
    assert who == [COORDINATOR]
    assert english.endswith("Swedish Gender Equality Agency (coordinator) can be reached by phone: +46 20 390 000.")


def test_names_are_of_the_kind_that_the_test_says() -> None:
    """The directory of these tests admits agencies under names that say their kind."""
    assert all(kind_named_by(agency_of(kind)) is kind for kind in AgencyKind)
