"""The properties of every event: its example, its schema, its samples, its issuers and its effect."""

import json
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import ClassVar

import jsonschema
import pytest
from pydantic import ValidationError

from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import EVENTS, CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.event.upcasting import PUBLICATIONS, read_event
from contracts.law.decider import decide
from contracts.law.in_force import RULESETS, ruleset_in_force
from contracts.law.rule import mandate, nobody_issues_without_a_mandate
from contracts.law.ruleset import Ruleset
from contracts.law.time_kept import EVERYBODY_KEEPS_TIME_SINCE
from contracts.privacy.readers import closed_to
from contracts.published import schema_files
from contracts.published.schema_files import drifted, schema
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import CASE_ID, NGO
from contracts.testing.given_when_then import given, issued
from contracts.view.case_view import CaseView
from contracts.view.evolution import EVOLUTIONS, PART_EVOLUTIONS
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyKind, Role, kinds

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))

every_event = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
SEALED = {name: event for name, event in EVENTS.items() if event.sealed}

PEOPLE = (
    "police prosecutor migration municipality region ngo labour-inspectorate tax legal-counsel chief-guardian "
    "employment-service"
)
ALL_BUT_AUDITOR = f"{PEOPLE} coordinator iom foreign-partner court crime-victim-authority"
AUTHORITIES = (
    "police prosecutor migration municipality region labour-inspectorate tax chief-guardian employment-service "
    "coordinator court crime-victim-authority"
)
PROVIDERS = "municipality ngo region migration"
INVESTIGATORS = "police:investigation-leader prosecutor:investigation-leader"
MIGRATION_DECIDES = "migration:decision-maker"
CLOCK = " ".join(f"{kind}:clock" for kind in ALL_BUT_AUDITOR.split())
SERVICE = " ".join(f"{kind}:service" for kind in ALL_BUT_AUDITOR.split())
INSPECTORS = "police labour-inspectorate tax"
MANDATED = {
    "VictimDetected": ALL_BUT_AUDITOR,
    "ConsultationRequested": f"{PEOPLE} iom foreign-partner court crime-victim-authority",
    "AdviceGiven": "coordinator",
    "ConsentGiven": ALL_BUT_AUDITOR,
    "ConsentWithdrawn": ALL_BUT_AUDITOR,
    "ConsentExpired": CLOCK,
    "ConsentRefused": ALL_BUT_AUDITOR,
    "HelpDeclined": ALL_BUT_AUDITOR,
    "CaseReferred": ALL_BUT_AUDITOR,
    "ReferralAccepted": ALL_BUT_AUDITOR,
    "ReferralDeclined": ALL_BUT_AUDITOR,
    "ReferralWithdrawn": ALL_BUT_AUDITOR,
    "ReferralExpired": CLOCK,
    "ReferralOutcomeReported": ALL_BUT_AUDITOR,
    "ReferralHandedBack": ALL_BUT_AUDITOR,
    "CouldNotReach": ALL_BUT_AUDITOR,
    "ExternalReferralMade": ALL_BUT_AUDITOR,
    "ExternalReferralAnswered": ALL_BUT_AUDITOR,
    "OfferQuestionAsked": ALL_BUT_AUDITOR,
    "OfferQuestionAnswered": ALL_BUT_AUDITOR,
    "PoliceAlerted": ALL_BUT_AUDITOR.replace("police ", "", 1),
    "PoliceAlertAnswered": "police",
    "NoReferralPossible": ALL_BUT_AUDITOR,
    "StatisticalFactsRecorded": ALL_BUT_AUDITOR,
    "LeadHandedOver": ALL_BUT_AUDITOR,
    "InvestigationOpened": INVESTIGATORS,
    "InvestigationClosed": INVESTIGATORS,
    "ReflectionPeriodRequested": f"{INVESTIGATORS} municipality:social-welfare-board",
    "ReflectionPeriodGranted": MIGRATION_DECIDES,
    "ReflectionPeriodRefused": MIGRATION_DECIDES,
    "ReflectionPeriodEnded": CLOCK.replace("migration:clock", MIGRATION_DECIDES),
    "ResidencePermitRequested": INVESTIGATORS,
    "ResidencePermitGranted": MIGRATION_DECIDES,
    "ResidencePermitRefused": MIGRATION_DECIDES,
    "ResidencePermitEnded": CLOCK.replace("migration:clock", MIGRATION_DECIDES),
    "AsylumClaimed": "police migration municipality ngo",
    "AsylumDecided": MIGRATION_DECIDES,
    "PermanentResidenceGranted": MIGRATION_DECIDES,
    "WorkPermitGranted": MIGRATION_DECIDES,
    "NeedsAssessed": f"{PROVIDERS} coordinator",
    "SupportPlanDrafted": f"{PROVIDERS} coordinator",
    "SupportPlanRevised": f"{PROVIDERS} coordinator",
    "SupportProvided": PROVIDERS,
    "ChildConcernReported": f"{PEOPLE} coordinator",
    "ChildConcernAssessed": "municipality",
    "ChildAssessmentOverdue": CLOCK,
    "ConsultationUnanswered": CLOCK,
    "CustodianTraced": "municipality migration",
    "ReimbursementClaimed": "municipality region",
    "AgeAssessed": f"{PEOPLE} coordinator",
    "GuardianAppointed": "municipality migration chief-guardian:decision-maker",
    "BestInterestsAssessed": "municipality migration",
    "ReimbursementDecided": MIGRATION_DECIDES,
    "ReturnChosen": f"{PEOPLE} coordinator",
    "ReturnRequested": f"{PEOPLE} coordinator",
    "ReceptionConfirmed": "coordinator iom",
    "ReturnCountersigned": "coordinator:regional-coordinator",
    "ReturnApproved": "iom:decision-maker",
    "ReturnRefused": "iom:decision-maker",
    "TravelArranged": "iom",
    "Returned": "iom",
    "ReintegrationProvided": "iom",
    "LabourInspectionRequested": INSPECTORS,
    "LabourInspectionReported": INSPECTORS,
    "TransnationalReferralOffered": "coordinator foreign-partner",
    "TransnationalReferralAccepted": "coordinator foreign-partner",
    "TransnationalReferralDeclined": "coordinator foreign-partner",
    "IntegrationPlanDrafted": "municipality ngo",
    "IntegrationServiceProvided": "municipality ngo migration employment-service",
    "CaseClosed": ALL_BUT_AUDITOR,
    "CaseReopened": ALL_BUT_AUDITOR,
    "DeadlineReminded": CLOCK,
    "PersonalDetailsRecorded": SERVICE,
    "PersonalDetailsRead": SERVICE,
    "ErasureRequested": " ".join(f"{kind}:records-officer" for kind in ALL_BUT_AUDITOR.split()),
    "ErasureConfirmed": SERVICE,
    "ReceiptHandedOver": SERVICE,
    "ReceiptShown": SERVICE,
    "ErasureObjected": " ".join(f"{kind}:service" for kind in AUTHORITIES.split()),
    "AppealLodged": "legal-counsel ngo municipality migration",
    "AssistanceDecided": "municipality:decision-maker",
    "BenefitAppealLodged": "legal-counsel ngo municipality region migration",
    "BenefitAppealDecided": "court:decision-maker legal-counsel municipality:decision-maker migration:decision-maker",
    "InterimOrderMade": "court:decision-maker legal-counsel migration:decision-maker",
    "AppealDecided": "court:decision-maker legal-counsel migration:decision-maker",
    "AnswerOverdue": CLOCK,
    "GuardianRequested": "municipality migration",
    "GuardianDischarged": "municipality migration chief-guardian:decision-maker",
    "ChildInquiryConcluded": "municipality",
    "SafetyPlanMade": f"{PROVIDERS} coordinator police",
    "CounselAppointed": "court:decision-maker migration:decision-maker prosecutor police legal-counsel",
    "InterviewPlanned": "police prosecutor",
    "InterviewHeld": "police prosecutor",
    "NonPunishmentConsidered": "prosecutor:investigation-leader",
    "ChargeBrought": "prosecutor:investigation-leader",
    "DamagesClaimed": "prosecutor legal-counsel",
    "TrialScheduled": "court:decision-maker prosecutor legal-counsel",
    "JudgmentGiven": "court:decision-maker prosecutor legal-counsel",
    "CompensationClaimed": "legal-counsel ngo municipality coordinator",
    "CompensationDecided": "crime-victim-authority:decision-maker",
}
"""Who may issue each event, in which role where it is not any caseworker: the domain page, written down once more."""

ROLES = {
    event: {one.partition(":")[0]: one.partition(":")[2] or "caseworker" for one in mandated.split()}
    for event, mandated in MANDATED.items()
}


LATER = {
    ("NeedsAssessed", "coordinator"): "SE-2024-04",
    ("ReimbursementClaimed", "region"): "SE-2024-04",
    ("IntegrationServiceProvided", "migration"): "SE-2024-04",
    ("IntegrationServiceProvided", "employment-service"): "SE-2024-04",
}
"""The first ruleset by which a kind may issue an event that others issued before."""


def issuing(event: type[CaseEvent], ruleset: Ruleset, recorded_at: datetime) -> set[str]:
    """The kinds that may issue an event by a ruleset. The clock's was earlier for the coordinator alone to issue."""
    names, roles = [each.id for each in RULESETS[: RULESETS.index(ruleset) + 1]], ROLES[event.__name__]
    alone = {kind for kind, role in roles.items() if role == "clock"} - {"coordinator"}
    then = roles.keys() - (alone if recorded_at < EVERYBODY_KEEPS_TIME_SINCE else set())
    return {kind for kind in then if LATER.get((event.__name__, kind), names[0]) in names}


def test_issuers_table_is_complete() -> None:
    """A new event is added to the table of issuers on purpose."""
    assert MANDATED.keys() == EVENTS.keys()


@every_event
def test_only_its_issuers_may_issue_it(event: type[CaseEvent]) -> None:
    """An agency of any other kind is refused by the chapter's mandate, in every ruleset that has one."""
    said, case = event.canonical(), given(*CANONICAL_CASE).case
    recorded = (said.occurred_at, max(said.occurred_at, EVERYBODY_KEEPS_TIME_SINCE))
    for kind, ruleset, recorded_at in product(AgencyKind, RULESETS, recorded):
        by = Provenance(event_id="x", agency=f"{kind}-1", kind=kind, recorded_at=recorded_at)
        refusal = decide(case, said, by, ruleset)
        if not any(rule.mandates for rule in ruleset.rules if event in rule.judges):
            assert refusal is not None
            assert refusal.rule is nobody_issues_without_a_mandate, (kind, ruleset.id)
            continue
        outside = refusal is not None and refusal.rule.mandates
        allowed = issuing(event, ruleset, recorded_at)
        assert outside is (kind not in allowed), (kind, ruleset.id)
        if outside and refusal is not None:
            assert refusal.missing.supplied_by == tuple(sorted(allowed)), (kind, ruleset.id)


@every_event
def test_only_its_role_may_issue_it(event: type[CaseEvent]) -> None:
    """At each kind of agency exactly one role issues it, and at any other kind none does."""
    for kind in AgencyKind:
        may = {role for role in Role if event.may_be_issued_by(kind, role)}
        assert may == {Role(role) for role in (ROLES[event.__name__].get(kind),) if role}, kind


VERSIONS = {
    "CaseReferred": 2,
    "CaseClosed": 2,
    "ConsentGiven": 3,
    "DeadlineReminded": 3,
    "InvestigationOpened": 2,
    "ReflectionPeriodRequested": 2,
    "ReimbursementDecided": 2,
    "VictimDetected": 2,
}
"""The events that are not in their first version any more."""


@every_event
def test_its_version_is_known(event: type[CaseEvent]) -> None:
    """A new version is a decision, made here."""
    version = VERSIONS.get(event.__name__, 1)
    assert event.type_name() == f"se.nrm.{event.__name__}.v{version}"
    assert event.schema_uri() == f"urn:x-stafett:schema:{event.__name__}.v{version}"


def test_schemas_of_earlier_versions_stay() -> None:
    """Beside the current one: what was published is still there to read."""
    for name, version in VERSIONS.items():
        for earlier in range(1, version):
            assert (schema_files.FOLDER / f"{name}.v{earlier}.json").is_file()


@every_event
def test_one_mandate_judges_it(event: type[CaseEvent]) -> None:
    """No event is without a mandate in today's law, none ever loses its mandate, and none has two."""
    counts = [len([rule for rule in ruleset.rules if rule.mandates and event in rule.judges]) for ruleset in RULESETS]
    assert counts == sorted(counts)
    assert counts[-1] == 1


def test_an_event_without_a_mandate_is_refused() -> None:
    """A law that does not know an event lets nobody issue it, not even the agencies for which it is made."""
    among: dict[str, type[CaseEvent]] = {}

    class ShelterInspected(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=kinds(AgencyKind.NGO), among=among):
        """An event of a later law."""

        example: ClassVar[Example] = {"occurred_at": "2024-05-02T08:00:00Z"}

    later = mandate("R9", ShelterInspected, en="NGOs inspect.", sv="Ideella organisationer granskar.", source="A test.")
    law = RULESETS[-1].amended("XX-2030", date(2030, 1, 1), replacing={}, adding=[later])
    said, case = ShelterInspected.canonical(), given(*CANONICAL_CASE[:6]).case
    for kind in AgencyKind:
        agency = NGO if kind is AgencyKind.NGO else f"{kind}-1"
        by = Provenance(event_id="x", agency=agency, kind=kind, recorded_at=said.occurred_at)
        for ruleset in RULESETS:
            refusal = decide(case, said, by, ruleset)
            assert refusal is not None
            assert refusal.rule is nobody_issues_without_a_mandate
            assert "ShelterInspected" in refusal.missing.what.en
        assert (decide(case, said, by, law) is None) is (kind is AgencyKind.NGO)


@every_event
def test_example_reads_back(event: type[CaseEvent]) -> None:
    """The canonical example is valid and loses nothing on the way through the model."""
    assert event.canonical().model_dump(mode="json", exclude_unset=True) == event.example


@every_event
def test_example_fits_schema(event: type[CaseEvent]) -> None:
    """The JSON Schema, itself a valid one, accepts the canonical example and refuses an unknown field."""
    validator = jsonschema.Draft202012Validator(schema(event))
    validator.check_schema(schema(event))
    validator.validate(event.example)
    assert not validator.is_valid({**event.example, "name": "x"})


@every_event
def test_it_is_documented_and_evolves(event: type[CaseEvent]) -> None:
    """Every event says what it means and what it changes."""
    assert event.__doc__
    assert event in EVOLUTIONS or event in PART_EVOLUTIONS


@every_event
def test_it_is_frozen_and_closed(event: type[CaseEvent]) -> None:
    """An event cannot be changed, and takes no field that its schema does not name."""
    said = event.canonical()
    with pytest.raises(ValidationError):
        said.occurred_at = datetime.now(UTC)  # type: ignore[misc]
    with pytest.raises(InvalidEventError):
        read_event(event.type_name(), json.dumps({**event.example, "personal_number": "x"}).encode())


def test_schema_files_match_the_code() -> None:
    """The published schemas are those that the code generates."""
    assert drifted() == []


def test_schema_drift_is_found_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check fails and names each file that is missing or edited; writing mends it."""
    monkeypatch.setattr(schema_files, "FOLDER", tmp_path / "schemas")
    assert schema_files.main(["--check"]) == 1
    assert schema_files.main(["--write"]) == 0
    assert schema_files.main(["--check"]) == 0
    (tmp_path / "schemas" / "CaseClosed.v2.json").write_text("{}")
    capsys.readouterr()
    assert schema_files.main(["--check"]) == 1
    assert capsys.readouterr().err.startswith("CaseClosed.v2.json differs")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_published_samples_are_read_for_ever(sample: Path) -> None:
    """A sample of every version ever published is still read as today's event."""
    event = read_event(f"se.nrm.{sample.stem}", sample.read_bytes())
    assert type(event) is EVENTS[sample.stem.split(".")[0]]


def test_every_version_has_a_sample() -> None:
    """No version is published without a frozen sample."""
    assert {f"se.nrm.{sample.stem}" for sample in SAMPLES} == PUBLICATIONS.type_names


def test_unknown_type_is_said_to_be_unknown() -> None:
    """A type or a version that nobody published is not guessed at."""
    for type_name in (
        "se.nrm.VictimDetected.v3",
        "se.nrm.CaseClosed.v3",
        "se.nrm.CaseClosed.v0",
        "se.nrm.VictimFound.v1",
        "VictimDetected",
    ):
        with pytest.raises(UnknownEventTypeError):
            read_event(type_name, b"{}")


def test_errors_name_the_field_but_never_the_value() -> None:
    """What was wrongly written may be personal: it is in no error."""
    data = json.dumps({**EVENTS["VictimDetected"].example, "age_band": "Maria, 31", "language": "Maria's"}).encode()
    with pytest.raises(InvalidEventError) as caught:
        read_event("se.nrm.VictimDetected.v1", data)
    assert [error["loc"] for error in caught.value.errors] == [("age_band",), ("language",)]
    assert "Maria" not in f"{caught.value} {caught.value.errors} {caught.value.__cause__}"


def test_strict_json() -> None:
    """A number in quotes is not a number, a time without an offset is not a time, half a document is not one."""
    claim = EVENTS["ReimbursementClaimed"].example
    for data in (
        json.dumps({**claim, "amount_sek": "54000"}),
        json.dumps({**claim, "occurred_at": "2024-05-02T08:00:00"}),
        json.dumps(claim)[:-1],
        "[]",
    ):
        with pytest.raises(InvalidEventError):
            read_event("se.nrm.ReimbursementClaimed.v1", data.encode())


@pytest.mark.parametrize(
    "hostile",
    [
        b'{"occurred_at": "9999-12-31T23:59:59Z", "reason": "returned"}',
        b'{"occurred_at": "0001-01-01T00:00:00+14:00", "reason": "returned"}',
        b'{"occurred_at": "2201-01-01T00:00:00Z", "reason": "returned"}',
        b'{"occurred_at": "1899-12-31T23:59:59Z", "reason": "returned"}',
        b'{"occurred_at": 1e300, "reason": "returned"}',
        b'{"occurred_at": "2024-09-02T12:00:00Z", "reason": "other", "note": "\\ud800"}',
        b'{"occurred_at": "2024-09-02T12:00:00Z", "reason": "other", "note": "\xff"}',
        b'{"occurred_at": ' + b"[" * 10_000,
        b"",
    ],
    ids=[
        "end of time",
        "beginning of time",
        "too late",
        "too early",
        "no time",
        "surrogate",
        "not UTF-8",
        "deep",
        "empty",
    ],
)
def test_hostile_data_is_invalid_and_nothing_worse(hostile: bytes) -> None:
    """What no honest agency writes is refused like any bad data, so that it cannot stop a reader."""
    with pytest.raises(InvalidEventError):
        read_event("se.nrm.CaseClosed.v2", hostile)


def test_times_are_kept_in_utc_and_days_are_swedish() -> None:
    """Half past midnight in a Swedish summer is the day before in UTC, and the new law is in force."""
    data = json.dumps({**EVENTS["CaseClosed"].example, "occurred_at": "2022-08-01T00:30:00+02:00"})
    event = read_event("se.nrm.CaseClosed.v1", data.encode())
    assert event.occurred_at.isoformat() == "2022-07-31T22:30:00+00:00"
    assert ruleset_in_force(event.occurred_on, event.occurred_at).id == "SE-2022-08"


@pytest.mark.parametrize("event", SEALED.values(), ids=SEALED)
def test_a_case_is_closed_to_whom_every_ruleset_refuses(event: type[CaseEvent]) -> None:
    """Unopened is refused what would be, once opened, at every point of a case; nobody who takes part is shut out."""
    for past in (CANONICAL_CASE, OTHER_CASES["a case is erased"][:9]):
        for length in range(1, len(past) + 1):
            case = given(*past[:length]).case
            closed = closed_to(case, "ngo-outside")
            assert closed is not None
            for kind in event.issuers:
                said = issued(event, "ngo-outside", kind=kind)
                assert all(decide(case, said.event, said.by, ruleset) for ruleset in RULESETS)
            shut_out = [each.agency for each in case.participants if closed_to(case, each.agency)]
            assert bool(shut_out) == (case.status is CaseStatus.ERASED)
    assert closed_to(CaseView.unopened(CASE_ID), "ngo-outside") is None
