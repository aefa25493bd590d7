"""The directory: a pure fold of the agencies that are admitted, certificates, free places and trainings."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from harness.keys import key_of, sealing_key_of
from pydantic import ValidationError
from pydantic_core import to_json

from contracts.directory.events import (
    DIRECTORY_EVENTS,
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    CapacityAnnounced,
    DirectoryEvent,
    ProviderCertified,
    TrainingHeld,
)
from contracts.directory.evolution import evolve_directory, fold_directory
from contracts.directory.objections import MOST_PLACES, objection
from contracts.directory.publications import DIRECTORY_PUBLICATIONS, read_directory_event
from contracts.directory.view import DirectoryView, Doubt
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import EVENTS, Provenance
from contracts.event.fact import EventId
from contracts.event.upcasting import read_event
from contracts.vocabulary.agencies import COORDINATOR, AgencyKind, Role, kind_named_by
from contracts.vocabulary.choices import Service

NGO = "ngo-fyren"
CERTIFICATE = "018e0a00-0000-7000-9000-000000000004"
SAMPLES = Path(__file__).parent / "samples" / "directory"
KINDS = {
    "AgencyAdmitted",
    "AgencyDutiesChanged",
    "AgencyKeyRotated",
    "AgencySuspended",
    "ProviderCertified",
    "CapacityAnnounced",
    "DelegateNamed",
    "TrainingHeld",
}

every_event = pytest.mark.parametrize("event", DIRECTORY_EVENTS.values(), ids=DIRECTORY_EVENTS)


def said(
    event: type[DirectoryEvent], by: str = COORDINATOR, id: EventId = CERTIFICATE, **changes: object
) -> tuple[DirectoryEvent, Provenance]:
    """An agency states an event's canonical example with some fields changed."""
    stated = event.model_validate_json(to_json({**event.example, **changes}))
    kind = kind_named_by(by)
    assert kind is not None
    return stated, Provenance(id, by, kind, stated.occurred_at)


def key_back() -> dict[str, Any]:
    """The key that the canonical rotation replaces."""
    return {field: AgencyAdmitted.example[field] for field in ("key_id", "public_key")}


ADMITTED = said(AgencyAdmitted)
SHELTER = (
    ADMITTED,
    said(AgencyAdmitted, agency="ngo-hamnen", region="12", **key_of("ngo-hamnen")),
    said(AgencyAdmitted, agency=COORDINATOR, kind="coordinator", region=None, **key_of(COORDINATOR)),
)
OLD, NEW = AgencyAdmitted.canonical(), AgencyKeyRotated.canonical()
ROTATED = (*SHELTER, said(AgencyKeyRotated))
SUSPENDED = (*SHELTER, said(AgencySuspended))


def test_all_of_the_directory_is_there() -> None:
    """The domain page's events of the directory."""
    assert set(DIRECTORY_EVENTS) == KINDS


@every_event
def test_example_reads_back(event: type[DirectoryEvent]) -> None:
    """The canonical example is valid, loses nothing, and equals its frozen sample."""
    assert event.canonical().model_dump(mode="json", exclude_unset=True) == event.example
    sample = (SAMPLES / f"{event.__name__}.v1.json").read_bytes()
    assert event.model_validate_json(sample) == event.canonical()


@every_event
@pytest.mark.parametrize("kind", AgencyKind)
def test_only_its_issuers_may_state_it(event: type[DirectoryEvent], kind: AgencyKind) -> None:
    """The coordinator keeps the directory; shelters and municipalities announce their own places."""
    sheltering = {AgencyKind.NGO, AgencyKind.MUNICIPALITY}
    allowed = sheltering if event is CapacityAnnounced else {AgencyKind.COORDINATOR}
    role = Role.CASEWORKER if event is CapacityAnnounced else Role.DIRECTORY_KEEPER
    assert [r for r in Role if event.may_be_issued_by(kind, r)] == ([role] if kind in allowed else [])
    found = objection(fold_directory(SHELTER), *said(event, by=kind))
    outside = found is not None and "outside the mandate" in found.what.en
    assert outside is (kind not in allowed)


@pytest.mark.parametrize(
    ("before", "next", "says"),
    [
        (SHELTER, said(AgencyAdmitted), "already admitted"),
        ((), said(AgencyKeyRotated), "not admitted"),
        ((), said(AgencyDutiesChanged), "not admitted"),
        ((), said(CapacityAnnounced, by=NGO), "not admitted"),
        (SHELTER, said(ProviderCertified, agency="ngo-other"), "not admitted"),
        (SHELTER, said(AgencyKeyRotated, replaces="0" * 32), "no such key"),
        (ROTATED, said(AgencyKeyRotated, **key_of("third")), "no such key"),
        (SHELTER, said(AgencyKeyRotated, **key_of("ngo-hamnen")), "is or was that of ngo-hamnen"),
        (ROTATED, said(AgencyKeyRotated, **key_back(), replaces=NEW.key_id), "is or was that of ngo-fyren"),
        (SHELTER, said(AgencyAdmitted, agency="ngo-new"), "is or was that of ngo-fyren"),
        (SUSPENDED, said(AgencySuspended), "is suspended"),
        (SUSPENDED, said(AgencyKeyRotated), "is suspended"),
        (SUSPENDED, said(ProviderCertified), "is suspended"),
        (SUSPENDED, said(CapacityAnnounced, by=NGO), "is suspended"),
        (SUSPENDED, said(AgencyAdmitted, **key_of("again")), "already admitted"),
        (SHELTER, said(AgencyAdmitted, by="coordinator-syd", agency="ngo-new"), "national coordinator"),
        ((), said(TrainingHeld), "not admitted"),
    ],
)
def test_what_does_not_fit_is_objected_to(
    before: tuple[tuple[DirectoryEvent, Provenance], ...], next: tuple[DirectoryEvent, Provenance], says: str
) -> None:
    """In both languages; and it changes nothing when it stands in the log even so."""
    directory = fold_directory(before)
    found = objection(directory, *next)
    assert found is not None
    assert says in found.what.en
    assert found.what.sv.endswith(".")
    assert fold_directory((*before, next)) == directory


def test_duties_are_those_last_said() -> None:
    """Neither what was taken away nor what was there before stays."""
    entry = fold_directory((*SHELTER, said(AgencyDutiesChanged, duties=["VictimDetected"]))).entry("ngo-fyren")
    assert entry is not None
    assert entry.duties == ("VictimDetected",)


def test_an_agency_is_admitted_with_its_key() -> None:
    """Its kind, name, duties and first key."""
    directory = fold_directory([ADMITTED])
    entry = directory.entry(NGO)
    assert entry is not None
    assert (directory.version, entry.kind, entry.duties[0], entry.region) == (1, "ngo", "VictimDetected", "01")
    assert [(key.id, key.valid_until) for key in entry.keys] == [(OLD.key_id, None)]
    assert [(key.public_key, key.valid_until) for key in entry.sealing_keys] == [(OLD.sealing_key, None)]
    assert directory.entry("ngo-other") is None


def test_a_key_gives_way_to_the_next() -> None:
    """What was signed with the old one before stays signed: both keys stay, each with its time."""
    entry = fold_directory([*SHELTER, said(AgencyKeyRotated)]).entry(NGO)
    assert entry is not None
    old, new = entry.keys
    assert old.valid_until == new.valid_from == datetime(2024, 6, 3, 9, tzinfo=UTC)
    assert (new.id, new.valid_until) == (NEW.key_id, None)
    assert len(entry.sealing_keys) == 1
    third: dict[str, Any] = {**key_of("third"), "replaces": NEW.key_id, "valid_from": "2024-07-01T00:00:00Z"}
    again = fold_directory([*ROTATED, said(AgencyKeyRotated, **third)]).entry(NGO)
    assert again is not None
    assert [key.valid_until for key in again.keys] == [new.valid_from, datetime(2024, 7, 1, tzinfo=UTC), None]
    assert (again.current_key.id, again.key(old.id), again.key("0" * 32)) == (third["key_id"], old, None)


def test_a_sealing_key_gives_way_to_the_next() -> None:
    """Alone or together with the signing key."""
    sealing = sealing_key_of("next")
    alone = said(AgencyKeyRotated, key_id=None, public_key=None, replaces=None, sealing_key=sealing)
    entry = fold_directory([*SHELTER, alone]).entry(NGO)
    assert entry is not None
    assert [key.valid_until for key in entry.sealing_keys] == [NEW.valid_from, None]
    assert (entry.current_sealing_key.public_key, entry.current_key.id) == (sealing, OLD.key_id)
    both = fold_directory([*SHELTER, said(AgencyKeyRotated, sealing_key=sealing)]).entry(NGO)
    assert both is not None
    assert (both.current_sealing_key.public_key, both.current_key.id) == (sealing, NEW.key_id)


@pytest.mark.parametrize(
    ("events", "agency", "key_id", "duty", "doubt"),
    [
        (SHELTER, NGO, OLD.key_id, "CaseReferred", None),
        (SHELTER, NGO, OLD.key_id, "InvestigationOpened", Doubt.OUTSIDE_ITS_DUTIES),
        (SHELTER, NGO, NEW.key_id, "CaseReferred", Doubt.UNKNOWN_KEY),
        (SHELTER, "ngo-hamnen", OLD.key_id, "CaseReferred", Doubt.UNKNOWN_KEY),
        (SHELTER, "ngo-other", OLD.key_id, "CaseReferred", Doubt.NOT_ADMITTED),
        (ROTATED, NGO, OLD.key_id, "CaseReferred", Doubt.REPLACED_KEY),
        (ROTATED, NGO, NEW.key_id, "CaseReferred", None),
        (SUSPENDED, NGO, OLD.key_id, "CaseReferred", Doubt.SUSPENDED),
        (SUSPENDED, "ngo-hamnen", key_of("ngo-hamnen")["key_id"], "CaseReferred", None),
    ],
)
def test_authority_is_that_of_the_place_in_the_log(
    events: tuple[tuple[DirectoryEvent, Provenance], ...], agency: str, key_id: str, duty: str, doubt: Doubt | None
) -> None:
    """What is folded already counts: the current key, no suspension, the duty. No time that anybody states does."""
    assert fold_directory(events).doubt(agency, key_id, duty) is doubt


def test_a_rotation_takes_effect_at_its_place_whenever_it_says_so() -> None:
    """A day that it names is a fact to show, not a time that the log knows."""
    later = fold_directory([*SHELTER, said(AgencyKeyRotated, valid_from="2030-01-01T00:00:00Z")])
    assert later.doubt(NGO, str(OLD.key_id), "CaseReferred") is Doubt.REPLACED_KEY
    gone = fold_directory([*SHELTER, said(AgencySuspended, suspended_from="2030-01-01T00:00:00Z")])
    assert gone.doubt(NGO, str(OLD.key_id), "CaseReferred") is Doubt.SUSPENDED


@pytest.mark.parametrize("falling", [False, True])
def test_of_several_keys_the_last_one_alone_counts(falling: bool) -> None:
    """Whatever the order of their names, which says nothing of which came first."""
    keys = sorted(map(key_of, ("first", "second", "third")), key=lambda key: key["key_id"], reverse=falling)
    events, current = [*SHELTER], str(OLD.key_id)
    for key in keys:
        events.append(said(AgencyKeyRotated, **key, replaces=current))
        current = str(key["key_id"])
        directory = fold_directory(events)
        known = [str(OLD.key_id), *(str(each["key_id"]) for each in keys[: keys.index(key) + 1])]
        doubts = [directory.doubt(NGO, each, "CaseReferred") for each in known]
        assert doubts == [Doubt.REPLACED_KEY] * (len(known) - 1) + [None]


def test_looking_up_does_not_outlive_a_change() -> None:
    """A view that was asked before an event does not answer for the view after it."""
    before = fold_directory(SHELTER)
    assert before.entry("ngo-new") is None
    assert before.owner(key_of("ngo-new")["key_id"]) is None
    after = evolve_directory(before, *said(AgencyAdmitted, agency="ngo-new", **key_of("ngo-new")))
    assert after.entry("ngo-new") is not None
    assert after.owner(key_of("ngo-new")["key_id"]) == after.entry("ngo-new")
    assert before.entry("ngo-new") is None


@every_event
def test_it_is_read_strictly_and_in_clear(event: type[DirectoryEvent]) -> None:
    """Like an event about a case, and by its own reader; its data is for everybody on the bus."""
    assert not event.sealed
    data = to_json(event.example)
    assert read_directory_event(event.type_name(), data) == event.canonical()
    with pytest.raises(InvalidEventError):
        read_directory_event(event.type_name(), to_json({**event.example, "more": 1}))
    with pytest.raises(UnknownEventTypeError):
        read_event(event.type_name(), data)
    with pytest.raises(UnknownEventTypeError):
        read_directory_event("se.nrm.VictimDetected.v1", data)


def test_names_are_of_one_sort() -> None:
    """No event about the directory shares its name with one about a case: a duty is a name."""
    assert not set(DIRECTORY_EVENTS) & set(EVENTS)
    current = {event.type_name() for event in DIRECTORY_EVENTS.values()}
    assert DIRECTORY_PUBLICATIONS.type_names == {*current, "se.nrm.AgencyAdmitted.v1"}


def test_a_suspended_agency_is_believed_until_then() -> None:
    """Up to the moment, not from it on."""
    entry = fold_directory([*SHELTER, said(AgencySuspended)]).entry(NGO)
    assert entry is not None
    assert entry.active(datetime(2024, 9, 2, 8, 59, 59, tzinfo=UTC))
    assert not entry.active(datetime(2024, 9, 2, 9, tzinfo=UTC))


def test_a_certificate_is_in_force_from_its_first_day_to_its_last() -> None:
    """R15: and it is this agency's, not another's."""
    directory = fold_directory([*SHELTER, said(ProviderCertified)])
    days = {date(2024, 1, 31): False, date(2024, 2, 1): True, date(2026, 1, 31): True, date(2026, 2, 1): False}
    assert {day: directory.certifies(NGO, CERTIFICATE, day) for day in days} == days
    assert not directory.certifies("ngo-hamnen", CERTIFICATE, date(2024, 3, 1))
    assert not directory.certifies("ngo-other", CERTIFICATE, date(2024, 3, 1))
    assert not directory.certifies(NGO, "018e0a00-0000-7000-9000-000000000005", date(2024, 3, 1))


def test_the_certificate_that_lasts_longest_is_shown() -> None:
    """A renewed certificate takes over before the old one ends."""
    renewed = "018e0a00-0000-7000-9000-000000000009"
    later = said(ProviderCertified, id=renewed, valid_until="2028-01-31")
    entry = fold_directory([*SHELTER, said(ProviderCertified), later]).entry(NGO)
    assert entry is not None
    found = entry.certification(date(2024, 3, 1))
    assert found is not None
    assert found.id == renewed
    assert entry.certification(date(2028, 2, 1)) is None


def test_places_are_found_without_naming_a_victim() -> None:
    """By service, region and whether children can come; most places first; the full and the suspended are not shown."""
    now = datetime(2024, 3, 4, 12, tzinfo=UTC)
    directory = fold_directory(
        [
            *SHELTER,
            said(CapacityAnnounced, by=NGO),
            said(CapacityAnnounced, by="ngo-hamnen", region="12", places=5, takes_children=False),
        ]
    )

    def found(**wish: object) -> list[str]:
        return [entry.agency for entry in directory.with_capacity(Service.SAFE_ACCOMMODATION, now, **wish)]  # type: ignore[arg-type]

    assert found() == ["ngo-hamnen", NGO]
    assert found(region="01") == [NGO]
    assert found(for_child=True) == [NGO]
    assert directory.with_capacity(Service.DENTAL_CARE, now) == ()
    full = evolve_directory(directory, *said(CapacityAnnounced, by=NGO, places=0))
    assert full.with_capacity(Service.SAFE_ACCOMMODATION, now, region="01") == ()
    gone = evolve_directory(directory, *said(AgencySuspended))
    assert gone.with_capacity(Service.SAFE_ACCOMMODATION, datetime(2024, 9, 3, tzinfo=UTC), region="01") == ()


def test_a_later_announcement_takes_the_place_of_an_earlier_one() -> None:
    """For the same service and place; another place stays."""
    announced = [
        said(CapacityAnnounced, by=NGO),
        said(CapacityAnnounced, by=NGO, places=1),
        said(CapacityAnnounced, by=NGO, region="12", places=3),
        said(CapacityAnnounced, by=NGO, municipality="0180", places=4),
        said(CapacityAnnounced, by=NGO, service="legal-support", places=9),
    ]
    entry = fold_directory([*SHELTER, *announced]).entry(NGO)
    assert entry is not None
    assert [capacity.places for capacity in entry.capacities] == [1, 3, 4, 9]


def test_a_provider_does_not_fill_everybody_s_directory() -> None:
    """So many places and no more; what it has announced it may announce anew."""
    areas = [(f"{n:04d}", f"{n:04d}"[:2]) for n in range(MOST_PLACES + 1)]
    announced = [said(CapacityAnnounced, by=NGO, municipality=code, region=county) for code, county in areas]
    directory = fold_directory([*SHELTER, *announced[:-1]])
    assert objection(directory, *announced[0]) is None
    refused = objection(directory, *announced[-1])
    assert refused is not None and refused.supplied_by == (NGO,)
    entry = fold_directory([*SHELTER, *announced]).entry(NGO)
    assert entry is not None and len(entry.capacities) == MOST_PLACES


def test_trainings_are_kept() -> None:
    """Who was trained in what, when and where."""
    directory = fold_directory([*SHELTER, said(TrainingHeld)])
    assert directory.trainings == (TrainingHeld.canonical(),)


def test_the_fold_is_deterministic() -> None:
    """The same events give the same bytes."""
    events = [*SHELTER, said(ProviderCertified), said(CapacityAnnounced, by=NGO)]
    assert fold_directory(events).model_dump_json() == fold_directory(events).model_dump_json()
    assert DirectoryView.model_validate_json(fold_directory(events).model_dump_json()) == fold_directory(events)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (ProviderCertified, {"valid_until": "2024-01-31"}),
        (CapacityAnnounced, {"municipality": "1480"}),
        (CapacityAnnounced, {"places": -1}),
        (AgencyAdmitted, {"public_key": "short"}),
        (AgencyAdmitted, {"key_id": key_of("another")["key_id"]}),
        (AgencyAdmitted, {"public_key": key_of("another")["public_key"]}),
        (AgencyAdmitted, {"public_key": AgencyAdmitted.canonical().public_key.replace("A=", "B=")}),
        (AgencyAdmitted, {"sealing_key": key_of("another")["public_key"]}),
        (AgencyAdmitted, {"sealing_key": sealing_key_of("another")[:-4]}),
        (AgencyAdmitted, {"duties": ["victim detected"]}),
        (AgencyKeyRotated, {"key_id": None}),
        (AgencyKeyRotated, {"replaces": None}),
        (AgencyKeyRotated, {"public_key": key_of("another")["public_key"]}),
        (AgencyKeyRotated, {"key_id": None, "public_key": None}),
        (AgencyKeyRotated, {"key_id": None, "public_key": None, "replaces": None}),
        (TrainingHeld, {"topic": "Ask maria@example.org"}),
    ],
)
def test_an_event_does_not_contradict_itself(event: type[DirectoryEvent], changes: dict[str, Any]) -> None:
    """Days in order, a municipality in its region, a key that is one, no personal details."""
    with pytest.raises(ValidationError):
        said(event, by=NGO, **changes)


def test_a_name_means_one_thing() -> None:
    """Two events of the directory cannot share a name."""
    with pytest.raises(TypeError, match="TrainingHeld"):
        type("TrainingHeld", (DirectoryEvent,), {"__module__": __name__, "__doc__": "Another."})
