"""Guidance: the agencies that can assist, steps to more help, the preview of an offer, and the next recipients."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from harness.directories import admitted, stated
from harness.keys import key_of

from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import (
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralWithdrawn,
)
from contracts.directory.events import (
    AgencyAdmitted,
    AgencySuspended,
    CapacityAnnounced,
    ProviderCertified,
)
from contracts.directory.evolution import fold_directory
from contracts.directory.view import DirectoryView
from contracts.event.case_event import EVENTS
from contracts.law.personal_details import personal_details_open_to
from contracts.privacy.offer_preview import preview
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRefused
from contracts.sweden.chapters.residence_permit import ResidencePermitGranted, ResidencePermitRequested
from contracts.sweden.guidance.entitlement import Prospect, Status, has_legal_status, statuses, who_can_assist
from contracts.sweden.guidance.next_recipient import Suggestion, next_recipients
from contracts.sweden.guidance.next_steps import what_would_open_doors
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Given, Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import OfferState
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION, SWEDISH_PROFESSIONALS, AgencyKind
from contracts.vocabulary.choices import DataClass, Service

DETECTED = CANONICAL_CASE[:1]
OFFERED = CANONICAL_CASE[:5]
REFLECTING = CANONICAL_CASE[:13]
PLANNED_UNASKED = (*DETECTED, issued(NeedsAssessed, NGO), issued(SupportPlanDrafted, NGO))
PERMIT_REQUESTED = issued(ResidencePermitRequested, POLICE)
IN_MARCH = date(2024, 3, 10)
NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)


def detected(**facts: Any) -> CaseView:
    """A case right after its detection."""
    return given(issued(VictimDetected, NGO, **facts)).case


@pytest.mark.parametrize(
    ("case", "on", "held"),
    [
        (DETECTED, "2024-03-05", "presumed irregular"),
        (CANONICAL_CASE[:8], "2024-03-07", "formally-identified irregular"),
        (REFLECTING, "2024-04-06", "formally-identified reflection-period"),
        (REFLECTING, "2024-04-07", "formally-identified irregular"),
        (OTHER_CASES["a permit, and its end"][:-1], "2024-10-04", "formally-identified permit"),
        (OTHER_CASES["a permit, and its end"], "2024-10-05", "formally-identified irregular"),
        ((*DETECTED, issued(AsylumClaimed, NGO)), "2024-04-03", "presumed asylum-seeker"),
        (OTHER_CASES["asylum"], "2024-08-13", "formally-identified permit"),
        (OTHER_CASES["settled in Sweden"], "2025-01-01", "formally-identified resident"),
        (OTHER_CASES["a child alone"], "2024-03-08", "presumed irregular minor"),
    ],
)
def test_status_follows_the_case(case: tuple[Issued, ...], on: str, held: str) -> None:
    """R8: what decides whose help a person can count on, day by day."""
    assert statuses(given(*case).case, date.fromisoformat(on)) == {Status(one) for one in held.split()}


@pytest.mark.parametrize(
    ("residence", "legal", "care"),
    [
        ("irregular", False, "limited"),
        ("unknown", False, "limited"),
        ("resident", True, "entitled"),
        ("eu-citizen", True, "limited"),
        ("asylum-seeker", True, "limited"),
        ("temporary-permit", True, "entitled"),
        ("work-permit", True, "entitled"),
    ],
)
def test_residence_gives_legal_status(residence: str, legal: bool, care: str) -> None:
    """R8: all but the irregular, and those of whom nothing is known. Care without limits takes more."""
    case = detected(residence=residence)
    assert has_legal_status(case, IN_MARCH) is legal
    assert who_can_assist(case, IN_MARCH)[1].prospect == care


@pytest.mark.parametrize("residence", ["irregular", "unknown", "asylum-seeker"])
def test_an_adult_without_papers_has_a_right_to_some_care(residence: str) -> None:
    """R8: to what cannot wait, to maternity care and to an abortion; it is a right, and more is not promised."""
    region = who_can_assist(detected(residence=residence), IN_MARCH)[1]
    for words in ("right to health care and dental care that cannot wait", "maternity care", "abortion"):
        assert words in region.why.en
    for words in ("rätt till vård och tandvård som inte kan anstå", "mödravård", "abort"):
        assert words in region.why.sv
    assert ("seeks asylum" in region.why.en) is ("söker asyl" in region.why.sv) is (residence == "asylum-seeker")


MONEY_AND_HOME = {Service.FINANCIAL_ASSISTANCE, Service.SAFE_ACCOMMODATION}


def test_an_asylum_seeker_gets_money_and_a_home_from_migration() -> None:
    """R8: and from the municipality all else that it gives to a presumed victim."""
    municipality, _, migration, _ = who_can_assist(detected(residence="asylum-seeker"), IN_MARCH)
    assert (municipality.prospect, migration.prospect) == (Prospect.LIMITED, Prospect.ENTITLED)
    assert MONEY_AND_HOME.isdisjoint(municipality.services)
    assert set(migration.services) >= MONEY_AND_HOME
    assert Service.COUNSELLING in municipality.services


@pytest.mark.parametrize(
    "further",
    [
        CANONICAL_CASE[8:9],
        CANONICAL_CASE[8:10],
        (PERMIT_REQUESTED,),
        (PERMIT_REQUESTED, issued(ResidencePermitGranted, MIGRATION)),
    ],
    ids=["period applied for", "period", "permit applied for", "permit"],
)
@pytest.mark.parametrize("residence", ["asylum-seeker", "irregular", "eu-citizen"])
def test_who_helps_the_investigation_is_the_municipalitys(residence: str, further: tuple[Issued, ...]) -> None:
    """R8: from the application on, whatever else the person is."""
    case = given(issued(VictimDetected, NGO, residence=residence), *CANONICAL_CASE[1:8], *further).case
    on = max(IN_MARCH, further[-1].event.occurred_on)
    municipality, _, migration, _ = who_can_assist(case, on)
    assert municipality.prospect is Prospect.ENTITLED
    assert set(municipality.services) >= MONEY_AND_HOME
    assert migration.prospect is (Prospect.LIMITED if residence == "asylum-seeker" else Prospect.NO)
    assert MONEY_AND_HOME.isdisjoint(migration.services)


def test_an_application_that_is_refused_leaves_the_municipality_as_it_was() -> None:
    """R8: neither applied for nor in force."""
    detection = issued(VictimDetected, NGO, residence="asylum-seeker")
    refused = issued(ReflectionPeriodRefused, MIGRATION)
    municipality = who_can_assist(given(detection, *CANONICAL_CASE[1:9], refused).case, IN_MARCH)[0]
    assert municipality.prospect is Prospect.LIMITED


def test_an_eu_citizen_is_not_promised_more_than_the_right_of_residence_gives() -> None:
    """R8: the case does not know whether it holds; a board may say that it does not."""
    case = detected(residence="eu-citizen")
    municipality, region, *_ = who_can_assist(case, IN_MARCH)
    assert (municipality.prospect, region.prospect) == (Prospect.LIMITED, Prospect.LIMITED)
    assert "right of residence" in municipality.why.en and "uppehållsrätt" in municipality.why.sv
    assert "right of residence" in region.why.en and "uppehållsrätt" in region.why.sv
    assert Status.RESIDENT not in statuses(case, IN_MARCH)
    assert doors(case, "2024-03-10") == [ADVICE, BOARD]
    assert doors(case, "2022-07-31") == [ADVICE]
    assert "right of residence" in what_would_open_doors(case, IN_MARCH)[1].would.en
    found = issued(VictimDetected, NGO, residence="eu-citizen")
    assert doors(given(found, *CANONICAL_CASE[1:10]).case, "2024-03-10") == []


@pytest.mark.parametrize("age_band", ["minor", "unknown"])
def test_a_child_is_helped_whatever_its_status(age_band: str) -> None:
    """R8, R14: social services and health care; and somebody traces who answers for the child. Whoever may be a child
    is presumed to be one, and reported as one.
    """
    case = detected(age_band=age_band)
    assert doors(case, "2024-03-10")[0] == CONCERN
    municipality, region, *_ = who_can_assist(case, IN_MARCH)
    assert (municipality.prospect, region.prospect) == (Prospect.ENTITLED, Prospect.ENTITLED)
    assert Service.CUSTODIAN_TRACING in municipality.services
    assert Service.CUSTODIAN_TRACING not in who_can_assist(detected(), IN_MARCH)[0].services


def test_each_kind_names_the_services_that_it_gives() -> None:
    """R8: language courses and training come with legal status; who gives nothing names nothing."""
    irregular, resident = detected(), detected(residence="resident")
    assert Service.LANGUAGE_COURSES not in who_can_assist(irregular, IN_MARCH)[0].services
    assert Service.LANGUAGE_COURSES in who_can_assist(resident, IN_MARCH)[0].services
    assert [bool(each.services) for each in who_can_assist(irregular, IN_MARCH)] == [True, True, False, True]
    for each in who_can_assist(resident, IN_MARCH):
        assert each.why.en != each.why.sv
        assert len(set(each.services)) == len(each.services)
    everybody = (irregular, resident, detected(age_band="minor"), detected(residence="asylum-seeker"))
    named = {service for case in everybody for each in who_can_assist(case, IN_MARCH) for service in each.services}
    assert named == set(Service)


def test_who_turns_to_no_authority_is_told_of_the_platform() -> None:
    """R8: its organisations support also those who want no contact with authorities."""
    ngo = who_can_assist(detected(), IN_MARCH)[3]
    assert "Civil Society Platform" in ngo.why.en and "no contact with authorities" in ngo.why.en
    assert "Plattformen Civila Sverige" in ngo.why.sv and "inte vill ha kontakt" in ngo.why.sv


def doors(case: CaseView, on: str) -> list[tuple[str, str]]:
    """What would open more doors, and who first could do it."""
    return [(each.event, each.by[0]) for each in what_would_open_doors(case, date.fromisoformat(on))]


INVESTIGATION = ("InvestigationOpened", "police")
BOARD = ("ReflectionPeriodRequested", "municipality")
REFLECTION = ("ReflectionPeriodRequested", "police")
PERMIT = ("ResidencePermitRequested", "police")
DECISION = ("ReflectionPeriodGranted", "migration")
PERMIT_DECISION = ("ResidencePermitGranted", "migration")
ASYLUM = ("AsylumClaimed", "police")
SETTLE = ("WorkPermitGranted", "migration")
ADVICE = ("ConsultationRequested", "police")
CONCERN = ("ChildConcernReported", "police")


@pytest.mark.parametrize(
    ("case", "on", "expected"),
    [
        (DETECTED, "2024-03-05", [ADVICE, INVESTIGATION, BOARD, ASYLUM]),
        (DETECTED, "2022-08-01", [ADVICE, INVESTIGATION, BOARD, ASYLUM]),
        (DETECTED, "2022-07-31", [ADVICE, INVESTIGATION, ASYLUM]),
        (CANONICAL_CASE[:2], "2024-03-05", [INVESTIGATION, BOARD, ASYLUM]),
        (PLANNED_UNASKED[:-1], "2024-03-08", [ADVICE, INVESTIGATION, BOARD, ASYLUM]),
        (PLANNED_UNASKED, "2024-03-08", [INVESTIGATION, BOARD, ASYLUM]),
        (CANONICAL_CASE[:8], "2024-03-06", [REFLECTION, BOARD, PERMIT, ASYLUM]),
        (CANONICAL_CASE[:8], "2022-07-31", [REFLECTION, PERMIT, ASYLUM]),
        (CANONICAL_CASE[:9], "2024-03-06", [DECISION, ASYLUM]),
        ((*CANONICAL_CASE[:8], PERMIT_REQUESTED), "2024-04-03", [PERMIT_DECISION, ASYLUM]),
        ((*CANONICAL_CASE[:9], PERMIT_REQUESTED), "2024-04-03", [DECISION, PERMIT_DECISION, ASYLUM]),
        (REFLECTING, "2024-04-01", [PERMIT, SETTLE]),
        (OTHER_CASES["a permit, and its end"][:-1], "2024-09-01", [SETTLE]),
        (OTHER_CASES["settled in Sweden"], "2025-01-01", []),
        (OTHER_CASES["a child alone"][:1], "2024-03-05", [CONCERN, ADVICE, INVESTIGATION, BOARD, ASYLUM]),
        (OTHER_CASES["a child alone"], "2024-03-08", [ADVICE, INVESTIGATION, BOARD, ASYLUM]),
        ((*DETECTED, issued(AsylumClaimed, NGO)), "2024-04-03", [ADVICE]),
        ((*CANONICAL_CASE[:8], issued(AsylumClaimed, NGO)), "2024-04-03", [REFLECTION, PERMIT]),
    ],
)
def test_what_would_open_more_doors(case: tuple[Issued, ...], on: str, expected: list[tuple[str, str]]) -> None:
    """“An investigation would allow a reflection period; the police can open it”, and the like."""
    found = given(*case).case
    assert doors(found, on) == expected
    for each in what_would_open_doors(found, date.fromisoformat(on)):
        assert each.would.en.endswith(".")
        assert each.would.sv.endswith(".")
        assert each.opens
        assert set(each.by) <= EVENTS[each.event].issuers


def test_who_can_open_a_door_is_named_in_full() -> None:
    """R5: the board from August 2022, until then the investigation leader alone; R14: any professional."""
    investigated, child = given(*CANONICAL_CASE[:8]).case, detected(age_band="minor")
    applies = [set(each.by) for each in what_would_open_doors(investigated, date(2022, 7, 31))[:2]]
    assert applies == [{AgencyKind.POLICE, AgencyKind.PROSECUTOR}] * 2
    board = what_would_open_doors(investigated, date(2022, 8, 1))[1]
    assert board.by == (AgencyKind.MUNICIPALITY,)
    assert set(what_would_open_doors(child, IN_MARCH)[0].by) == SWEDISH_PROFESSIONALS


def test_the_preview_says_enough_to_decide_and_nothing_that_identifies() -> None:
    """No token of the case, no free text, nobody but those whom the offer concerns."""
    case = given(*OFFERED).case
    seen = preview(case, event_id(5))
    assert seen is not None
    assert (seen.exploitation_forms, seen.age_band, seen.language) == (("labour",), "adult", "ro")
    assert (seen.purposes, seen.state, seen.recipient) == (("support",), OfferState.OPEN, MUNICIPALITY)
    text = seen.model_dump_json()
    assert case.case_id not in text
    assert "Needs a place tonight" not in text
    assert preview(case, event_id(4)) is None


def test_the_preview_says_what_is_urgent() -> None:
    """What cannot wait, from the latest assessment."""
    seen = preview(given(*REFLECTING).case, event_id(7))
    assert seen is not None
    assert seen.urgent == (Service.SAFE_ACCOMMODATION,)


def test_personal_details_take_consent_and_acceptance() -> None:
    """R11: named by consent and accepted, until the consent's last day, and not a moment after a withdrawal."""
    accepted = given(*CANONICAL_CASE[:6]).case
    last, after = date(2024, 9, 4), date(2024, 9, 5)
    assert personal_details_open_to(accepted, MUNICIPALITY, last) == {DataClass.IDENTITY, DataClass.CONTACT}
    assert personal_details_open_to(accepted, MUNICIPALITY, after) == frozenset()
    assert personal_details_open_to(given(*OFFERED).case, MUNICIPALITY, last) == frozenset()
    assert personal_details_open_to(accepted, POLICE, last) == frozenset()
    assert personal_details_open_to(accepted, NGO, last) == frozenset()
    withdrawn = given(*CANONICAL_CASE[:6], issued(ConsentWithdrawn, NGO, recipients=[MUNICIPALITY])).case
    assert personal_details_open_to(withdrawn, MUNICIPALITY, last) == frozenset()


def test_accepting_without_consent_opens_nothing() -> None:
    """R11: a concern for a child is accepted without consent, and no personal detail follows."""
    child = issued(VictimDetected, NGO, age_band="minor")
    concern = issued(CaseReferred, NGO, purposes=["child-protection"])
    case = given(child, concern, issued(ReferralAccepted, MUNICIPALITY)).case
    assert personal_details_open_to(case, MUNICIPALITY, IN_MARCH) == frozenset()


DIRECTORY = fold_directory(
    [
        admitted(COORDINATOR),
        admitted(NGO, region="01"),
        admitted(MUNICIPALITY, region="01", municipality="0180"),
        admitted("municipality-0184", region="01", municipality="0184"),
        admitted("ngo-hamnen", region="12"),
        admitted("ngo-natt", region="01"),
        admitted(POLICE),
        admitted("prosecutor"),
        admitted("region-01", region="01"),
        admitted(MIGRATION),
        admitted("ngo-gone"),
        stated(AgencySuspended, agency="ngo-gone", suspended_from="2024-01-20T09:00:00Z"),
        stated(CapacityAnnounced, by="ngo-natt", places=0),
    ]
)


def turned(*events: Issued, directory: DirectoryView = DIRECTORY, offer: int = 5) -> list[str]:
    """Where to turn, best first."""
    return [each.agency for each in next_recipients(given(*events).case, event_id(offer), directory, NOW)]


def test_a_declined_offer_proposes_who_is_next() -> None:
    """The one whom the decliner named comes first; the decliner, the referrer and the suspended do not come at all."""
    assert turned(*OFFERED, issued(ReferralDeclined, MUNICIPALITY)) == [
        "municipality-0184",
        "region-01",
        "ngo-hamnen",
        "ngo-natt",
    ]


def test_consent_places_and_nearness_decide_who_is_next() -> None:
    """R3: whom the consent names comes first; who has no place comes last of the equal ones."""
    consent = issued(ConsentGiven, NGO, recipients=[MUNICIPALITY, "ngo-hamnen"])
    offer = (*DETECTED, consent, issued(CaseReferred, NGO))
    declined = issued(ReferralDeclined, MUNICIPALITY, suggested_recipient=None)
    assert turned(*offer, declined)[0] == "ngo-hamnen"
    found = {each.agency: each for each in next_recipients(given(*offer, declined).case, event_id(5), DIRECTORY, NOW)}
    assert not found["ngo-hamnen"].needs_consent
    assert found["ngo-natt"].needs_consent
    assert (found["ngo-natt"].places, found["ngo-hamnen"].places) == (0, None)


def test_the_nearest_comes_first_among_equals() -> None:
    """The same municipality, then the same region, then by name; a suggestion and consent weigh more."""
    near = fold_directory(
        [
            admitted(COORDINATOR),
            admitted("ngo-a", region="12", municipality="1280"),
            admitted("ngo-b"),
            admitted("ngo-c", region="01"),
            admitted("ngo-d", region="01", municipality="0181"),
            admitted("ngo-e", region="01", municipality="0180"),
        ]
    )
    declined = issued(ReferralDeclined, MUNICIPALITY, suggested_recipient="ngo-b")
    assert turned(*OFFERED, declined, directory=near) == ["ngo-b", "ngo-e", "ngo-c", "ngo-d", "ngo-a"]


def test_places_are_counted_for_what_is_asked() -> None:
    """Only of the services asked for; for a child only where children can come."""
    shelters = fold_directory(
        [
            admitted(COORDINATOR),
            admitted("ngo-a"),
            admitted("ngo-b"),
            admitted("ngo-c"),
            stated(CapacityAnnounced, by="ngo-a", takes_children=False, places=3),
            stated(CapacityAnnounced, by="ngo-a", takes_children=False, service="counselling-and-guidance", places=4),
            stated(CapacityAnnounced, by="ngo-b", service="legal-support", places=5),
            stated(CapacityAnnounced, by="ngo-c", takes_children=True, places=1),
        ]
    )

    def places(*events: Issued) -> dict[str, int | None]:
        case = given(*events, issued(ReferralDeclined, MUNICIPALITY)).case
        return {each.agency: each.places for each in next_recipients(case, event_id(5), shelters, NOW)}

    assert places(*OFFERED) == {"ngo-a": 7, "ngo-b": None, "ngo-c": 1}
    child = (issued(VictimDetected, NGO, age_band="minor"), *OFFERED[3:])
    assert places(*child) == {"ngo-a": 0, "ngo-b": None, "ngo-c": 1}


def test_a_child_s_protection_needs_no_consent() -> None:
    """R3: for a minor, and for nothing else than protection."""

    def lacking(age: str, *purposes: str) -> set[bool]:
        consent = issued(ConsentGiven, NGO, purposes=["child-protection", "support"], recipients=[MUNICIPALITY])
        detection = issued(VictimDetected, NGO, age_band=age)
        offer = issued(CaseReferred, NGO, purposes=list(purposes))
        case = given(detection, consent, offer, issued(ReferralDeclined, MUNICIPALITY)).case
        return {each.needs_consent for each in next_recipients(case, event_id(5), DIRECTORY, NOW)}

    assert lacking("minor", "child-protection") == {False}
    assert lacking("minor", "support") == {True}
    assert lacking("adult", "child-protection") == {True}


def test_a_suggestion_asks_for_consent_where_the_referral_will() -> None:
    """R3: social services are told without consent by the name under which the rule knows them, and nobody else is."""
    social_services = admitted("municipality-0184", municipality="0184")
    company = stated(AgencyAdmitted, agency="socialtjanst-solna", kind="municipality", **key_of("socialtjanst-solna"))
    directory = fold_directory([admitted(COORDINATOR), social_services, company])
    offer = issued(CaseReferred, NGO, purposes=["child-protection"])
    case = given(issued(VictimDetected, NGO, age_band="minor"), offer, issued(ReferralDeclined, MUNICIPALITY)).case
    suggested = next_recipients(case, event_id(5), directory, NOW)
    assert {each.agency: each.needs_consent for each in suggested} == {
        "municipality-0184": False,
        "socialtjanst-solna": True,
    }
    for each in suggested:
        referral = issued(CaseReferred, NGO, recipient=each.agency, purposes=["child-protection"], id=event_id(90))
        refusal = Given(case).when(referral).refusal
        assert (refusal is not None and refusal.rule.id == "R3") is each.needs_consent


def test_an_expired_or_withdrawn_offer_proposes_too() -> None:
    """Who let an offer expire is not asked again; from whom one was withdrawn may be."""
    assert MUNICIPALITY not in turned(*OFFERED, issued(ReferralExpired, COORDINATOR))
    assert MUNICIPALITY in turned(*OFFERED, issued(ReferralWithdrawn, NGO))
    assert turned(*OFFERED, offer=99) == []


def test_only_the_certified_are_proposed_within_the_programme() -> None:
    """R15: a certificate in force on the day."""
    certified = fold_directory(
        [
            admitted(COORDINATOR),
            admitted("ngo-hamnen"),
            admitted("ngo-natt"),
            stated(ProviderCertified, agency="ngo-hamnen"),
            stated(ProviderCertified, agency="ngo-natt", valid_until="2024-03-04"),
        ]
    )
    offer = (*CANONICAL_CASE[:4], issued(CaseReferred, NGO, programme=True), issued(ReferralDeclined, MUNICIPALITY))
    assert turned(*offer, directory=certified) == ["ngo-hamnen"]


@pytest.mark.parametrize(
    ("purposes", "kinds"),
    [
        (["investigation"], {"police", "prosecutor"}),
        (["health-care"], {"region"}),
        (["support", "legal-status"], {"municipality"}),
        (["support", "investigation"], set()),
        (["support"], {"municipality", "region", "ngo"}),
    ],
)
def test_only_whose_task_it_is_are_proposed(purposes: list[str], kinds: set[str]) -> None:
    """Every purpose of the offer fits the agency; support is for those who can assist now."""
    consent = issued(ConsentGiven, NGO, purposes=purposes, recipients=[MUNICIPALITY])
    offer = (*DETECTED, consent, issued(CaseReferred, NGO, purposes=purposes), issued(ReferralDeclined, MUNICIPALITY))
    case = given(*offer).case
    assert {each.kind for each in next_recipients(case, event_id(5), DIRECTORY, NOW)} == kinds


def test_an_asylum_seeker_may_be_supported_by_migration() -> None:
    """R8: and the reason is the one that entitlement gives."""
    offer = (*OFFERED, issued(AsylumClaimed, NGO), issued(ReferralDeclined, MUNICIPALITY))
    found: dict[str, Suggestion] = {
        each.agency: each for each in next_recipients(given(*offer).case, event_id(5), DIRECTORY, NOW)
    }
    assert found[MIGRATION].why.en == "The victim is an asylum seeker, whom the Migration Agency assists."
    assert found[MIGRATION].kind is AgencyKind.MIGRATION
