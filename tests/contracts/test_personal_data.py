"""Personal data: records, readings under a consent, the account of readings, and the agencies that may hold keys."""

from datetime import date, timedelta

import pytest
from pydantic_core import to_json

from contracts.chapters.consent import ConsentExpired, ConsentGiven, ConsentWithdrawn
from contracts.chapters.erasure import ErasureRequested
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined
from contracts.errors import InvalidEventError
from contracts.law.personal_details import personal_details_open_to
from contracts.privacy.readers import may_read_case, may_read_personal
from contracts.privacy.reading_report import DATA_CLASSES, PURPOSES, printed, report_for_victim, seen_by
from contracts.privacy.record_forms import RECORDS, read_record
from contracts.sweden.chapters.identification import InvestigationClosed
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.vocabulary.agencies import COORDINATOR
from contracts.vocabulary.choices import DataClass, Purpose

ACCEPTED = CANONICAL_CASE[:6]
RECORDED = (*ACCEPTED, issued(PersonalDetailsRecorded, NGO))
RECORD = "018e0a00-0000-7000-a000-000000000001"
OTHER_RECORD = "018e0a00-0000-7000-a000-000000000002"
LAST_DAY = date(2024, 9, 4)

EXAMPLES: dict[DataClass, dict[str, object]] = {
    DataClass.IDENTITY: {
        "given_names": "Ana Maria",
        "family_name": "Pop",
        "date_of_birth": "1981-12-28",
        "citizenships": ["RO"],
        "identity_number": "19811228-9874",
        "document": {"kind": "passport", "number": "000000000", "country": "RO", "valid_until": "2029-01-31"},
    },
    DataClass.CONTACT: {
        "phone": "+46700000000",
        "e_mail": "ana@example.org",
        "address": "Invented street 1",
        "safe_to_call": False,
        "safe_to_write": True,
        "reached_through": "The shelter",
        "language": "ro",
    },
    DataClass.HEALTH: {
        "conditions": ["asthma"],
        "medication": ["inhaler"],
        "allergies": ["penicillin"],
        "pregnant": False,
        "needs_at_once": "An inhaler",
        "cared_for_by": "The health centre",
    },
    DataClass.FAMILY: {
        "relatives": [
            {"relation": "child", "name": "Ion", "date_of_birth": "2019-05-01", "country": "RO", "in_danger": True}
        ]
    },
    DataClass.LEGAL: {
        "police_report": "5000-K000000-24",
        "migration_file": "00-000000",
        "counsel": "Advocate Invented",
    },
}


@pytest.mark.parametrize("data_class", DataClass)
def test_each_class_has_a_form(data_class: DataClass) -> None:
    """Strict, frozen, and silent: a record in a log or a traceback shows nothing."""
    example = EXAMPLES[data_class]
    record = read_record(data_class, to_json(example))
    assert (type(record), record.data_class) == (RECORDS[data_class], data_class)
    assert record.model_dump(mode="json", exclude_unset=True) == example
    assert f"{record!r} {record}" == f"{type(record).__name__}() "
    with pytest.raises(InvalidEventError):
        read_record(data_class, to_json({**example, "religion": "x"}))


@pytest.mark.parametrize(
    ("data_class", "changes", "field"),
    [
        (DataClass.IDENTITY, {"identity_number": "19811228-9873"}, "identity_number"),
        (DataClass.IDENTITY, {"identity_number": "811228-9874"}, "identity_number"),
        (DataClass.IDENTITY, {"given_names": ""}, "given_names"),
        (DataClass.IDENTITY, {"date_of_birth": "28 December"}, "date_of_birth"),
        (DataClass.CONTACT, {"phone": "070-123 45 67"}, "phone"),
        (DataClass.CONTACT, {"e_mail": "at home"}, "e_mail"),
        (DataClass.CONTACT, {"safe_to_call": "yes"}, "safe_to_call"),
        (DataClass.FAMILY, {"relatives": []}, "relatives"),
    ],
)
def test_what_does_not_fit_is_named_and_not_repeated(
    data_class: DataClass, changes: dict[str, object], field: str
) -> None:
    """The error names the field; the value is personal."""
    with pytest.raises(InvalidEventError) as caught:
        read_record(data_class, to_json({**EXAMPLES[data_class], **changes}))
    assert [error["loc"] for error in caught.value.errors] == [(field,)]
    for value in changes.values():
        assert not value or str(value) not in f"{caught.value} {caught.value.errors}"


def test_relatives_and_documents_are_silent_too() -> None:
    """Whatever part of a record is printed."""
    identity = read_record(DataClass.IDENTITY, to_json(EXAMPLES[DataClass.IDENTITY]))
    family = read_record(DataClass.FAMILY, to_json(EXAMPLES[DataClass.FAMILY]))
    assert "000000000" not in repr(identity.document)  # type: ignore[attr-defined]
    assert "Ion" not in repr(family.relatives)  # type: ignore[attr-defined]


def test_the_case_knows_of_a_record_its_digest_and_who_made_it() -> None:
    """A corrected record takes the place of the earlier one; others stay."""
    (record,) = given(*RECORDED).case.personal_records
    assert (record.record_id, record.data_class, record.recorded_by) == (RECORD, DataClass.IDENTITY, NGO)
    assert record.recorded_at == RECORDED[-1].event.occurred_at
    more = issued(
        PersonalDetailsRecorded, MUNICIPALITY, id=event_id(150), record_id=event_id(900), data_class="contact"
    )
    corrected = issued(PersonalDetailsRecorded, NGO, id=event_id(151), record_id=OTHER_RECORD, replaces=RECORD)
    case = given(*RECORDED, more, corrected).case
    assert [(each.record_id, each.id) for each in case.personal_records] == [
        (event_id(900), event_id(150)),
        (OTHER_RECORD, event_id(151)),
    ]


@pytest.mark.parametrize(
    "reading",
    [
        issued(PersonalDetailsRead, MUNICIPALITY),
        issued(PersonalDetailsRead, MUNICIPALITY, data_classes=["contact"], purpose="legal-status"),
        issued(PersonalDetailsRead, MUNICIPALITY, occurred_at="2024-09-04T21:59:59Z"),
    ],
    ids=["both classes", "one class, another purpose", "the last day"],
)
def test_a_reading_is_accounted_for(reading: Issued) -> None:
    """Who, in what role, when, what, what for and on what consent."""
    case = given(*RECORDED).when(reading).then_taken()
    (read,) = case.readings
    said = reading.event
    assert isinstance(said, PersonalDetailsRead)
    assert (read.agency, read.role, read.person) == (MUNICIPALITY, "caseworker", said.person)
    assert (read.data_classes, read.purpose, read.consent_id) == (said.data_classes, said.purpose, said.consent_id)
    assert read.read_at == said.occurred_at


def test_the_opener_reads_when_consent_names_it() -> None:
    """R11: it has the case without anybody's offer; the consent must name it all the same."""
    named = (*RECORDED, issued(ConsentGiven, NGO, id=event_id(150), recipients=[NGO]))
    given(*named).when(issued(PersonalDetailsRead, NGO, consent_id=event_id(150))).then_taken()
    assert personal_details_open_to(given(*named).case, NGO, LAST_DAY) == {DataClass.IDENTITY, DataClass.CONTACT}
    assert personal_details_open_to(given(*RECORDED).case, NGO, LAST_DAY) == frozenset()


BRANCHES: dict[str, tuple[Issued, ...]] = {
    "detected": CANONICAL_CASE[:1],
    "consented": CANONICAL_CASE[:4],
    "offered": CANONICAL_CASE[:5],
    "accepted": ACCEPTED,
    "recorded": RECORDED,
    "declined": (*CANONICAL_CASE[:5], issued(ReferralDeclined, MUNICIPALITY)),
    "classes withdrawn": (
        *RECORDED,
        issued(ConsentWithdrawn, NGO, recipients=[], data_classes=["identity", "contact"]),
    ),
    "recipient withdrawn": (*RECORDED, issued(ConsentWithdrawn, NGO, recipients=[MUNICIPALITY])),
    "expired": (*RECORDED, issued(ConsentExpired, COORDINATOR)),
    "back without accepting": (
        *RECORDED,
        issued(ConsentWithdrawn, NGO, recipients=[]),
        issued(ConsentGiven, NGO, id=event_id(150), occurred_at="2024-04-11T09:00:00Z"),
        issued(
            CaseReferred,
            NGO,
            id=event_id(151),
            occurred_at="2024-04-11T10:00:00Z",
            respond_by="2024-04-12T10:00:00Z",
        ),
    ),
    "details erased": (*RECORDED, issued(ErasureRequested, NGO, scope="personal-details")),
    "erased": (*RECORDED, issued(ErasureRequested, NGO)),
}
KEYS: dict[str, tuple[set[str], set[str], set[str], set[str]]] = {
    "detected": ({NGO}, set(), set(), set()),
    "consented": ({NGO, COORDINATOR}, set(), set(), set()),
    "offered": ({NGO, COORDINATOR, MUNICIPALITY}, set(), set(), set()),
    "accepted": ({NGO, COORDINATOR, MUNICIPALITY}, {MUNICIPALITY}, {MUNICIPALITY}, set()),
    "recorded": ({NGO, COORDINATOR, MUNICIPALITY}, {MUNICIPALITY, NGO}, {MUNICIPALITY}, set()),
    "declined": ({NGO, COORDINATOR}, set(), set(), set()),
    "classes withdrawn": ({NGO, COORDINATOR, MUNICIPALITY}, {NGO}, set(), set()),
    "recipient withdrawn": ({NGO, COORDINATOR}, {NGO}, set(), set()),
    "expired": ({NGO, COORDINATOR}, {NGO}, set(), set()),
    "back without accepting": ({NGO, COORDINATOR, MUNICIPALITY}, {NGO}, set(), set()),
    "details erased": ({NGO, COORDINATOR, MUNICIPALITY}, {MUNICIPALITY}, {MUNICIPALITY}, set()),
    "erased": (set(), set(), set(), set()),
}
"""For each branch: who holds the key to the case, to identity, to contact and to health."""


@pytest.mark.parametrize("branch", BRANCHES)
def test_whom_the_keys_are_for(branch: str) -> None:
    """At each turn of a case; on the day after the consent's last only the recorder is left."""
    case = given(*BRANCHES[branch]).case
    on = min(LAST_DAY, date(2024, 4, 11)) if case.consents else LAST_DAY
    of_case, identity, contact, health = KEYS[branch]
    assert may_read_case(case) == of_case
    assert may_read_personal(case, DataClass.IDENTITY, on) == identity
    assert may_read_personal(case, DataClass.CONTACT, on) == contact
    assert may_read_personal(case, DataClass.HEALTH, on) == health
    late = may_read_personal(case, DataClass.IDENTITY, LAST_DAY + timedelta(days=1))
    assert late == {record.recorded_by for record in case.personal_records}


def readings() -> tuple[Issued, ...]:
    """The municipality and the police have read, the police while they investigate."""
    police = issued(
        PersonalDetailsRead,
        POLICE,
        id=event_id(150),
        purpose="investigation",
        role="investigation-leader",
        data_classes=["identity"],
        occurred_at="2024-03-07T23:30:00Z",
    )
    return (
        *CANONICAL_CASE[:7],
        issued(ReferralAccepted, POLICE, id=event_id(149), offer_id=event_id(7)),
        CANONICAL_CASE[7],
        police,
        issued(PersonalDetailsRead, MUNICIPALITY),
    )


def test_everybody_in_the_case_sees_every_reading() -> None:
    """Participants and auditors, the oldest first whatever the log's order."""
    assert [reading.agency for reading in seen_by(given(*readings()).case)] == [MUNICIPALITY, POLICE]


def test_the_victim_is_told_in_plain_words() -> None:
    """Who has seen what about me, when and what for; what an open investigation protects is counted and told later."""
    investigated = report_for_victim(given(*readings()).case)
    assert [row.says.en for row in investigated.rows] == [
        "On 2024-03-05, municipality-0180 read who you are, how you are reached, for support."
    ]
    assert investigated.rows[0].says.sv == "Den 2024-03-05 läste municipality-0180 vem du är, hur du nås, för stöd."
    assert investigated.held_back == 1
    closed = report_for_victim(given(*readings(), issued(InvestigationClosed, POLICE)).case)
    assert [(row.agency, row.on) for row in closed.rows] == [
        (MUNICIPALITY, date(2024, 3, 5)),
        (POLICE, date(2024, 3, 8)),
    ]
    assert (closed.held_back, closed.rows[1].why.en) == (0, "the investigation")


def test_the_report_can_be_printed() -> None:
    """A line for each reading, how many are told later, and whom to ask; in one language or the other."""
    report = report_for_victim(given(*readings()).case)
    assert printed(report, swedish=False) == (
        "Who has read your personal details\n\n"
        "On 2024-03-05, municipality-0180 read who you are, how you are reached, for support.\n"
        "An investigation is open. Readings that are told only when it has ended: 1.\n"
        "Each agency can say which of its people it was. You may ask it.\n"
    )
    assert "Läsningar som redovisas först när den är avslutad: 1." in printed(report, swedish=True)
    assert printed(report_for_victim(given(*CANONICAL_CASE[:3]).case), swedish=True) == (
        "Vem som har läst dina personuppgifter\n\nDet finns ingen läsning att redovisa.\n"
        "Varje aktör kan säga vem hos den det var. Du får fråga den.\n"
    )


def test_only_the_leader_of_the_investigation_is_protected() -> None:
    """Another agency's reading is told while the police investigate; without readings there is nothing to tell."""
    assert report_for_victim(given(*CANONICAL_CASE[:8]).case).rows == ()
    details_erased = given(*OTHER_CASES["personal details are recorded, read and erased"]).case
    assert len(report_for_victim(details_erased).rows) == 1


def test_every_class_and_purpose_has_words() -> None:
    """In both languages, each different from all others."""
    assert (set(DATA_CLASSES), set(PURPOSES)) == (set(DataClass), set(Purpose))
    for words in (DATA_CLASSES.values(), PURPOSES.values()):
        assert len({each.en for each in words}) == len({each.sv for each in words}) == len(words)


def test_the_report_tells_of_the_proceedings() -> None:
    """In plain words and in the order of the days; it names neither the offence nor anybody."""
    steps = OTHER_CASES["the case in court"]
    report = report_for_victim(given(*steps).case)
    assert [each.en for each in report.proceedings] == [
        "On 2024-04-15, you got a lawyer for the trial.",
        "On 2024-04-22, you were interviewed.",
        "On 2024-08-20, a prosecutor brought a charge.",
        "On 2024-11-01, a court convicted the accused. You were awarded 180000 SEK in damages. "
        "It may still be appealed.",
        "On 2024-11-25, compensation from the state was applied for; you get 150000 SEK.",
    ]
    assert printed(report, swedish=True).endswith(
        "Du får fråga den.\n\nVad som har hänt i rättsprocessen\n\n"
        + "\n".join(each.sv for each in report.proceedings)
        + "\n"
    )
    before = [each.en for each in report_for_victim(given(*steps[:-3]).case).proceedings]
    assert before[-1] == "On 2024-10-14, the trial begins."
    planned = [each.en for each in report_for_victim(given(*steps[:20]).case).proceedings]
    assert planned[-1] == "On 2024-04-22, you are to be interviewed."
