"""Routing: 290 municipalities, 21 counties, seven regional coordinators, and a hotline that keeps hours."""

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from contracts.calendar.days import SWEDISH_TIME
from contracts.law.rule import REFERRAL_AND_ASSISTANCE
from contracts.sweden.geography.contacts import ContactKind
from contracts.sweden.geography.files import DATA, coordinator_for, load
from contracts.sweden.geography.regions import CoordinatorRegion, coordinator_of
from contracts.sweden.hotline import status
from contracts.vocabulary.agencies import AgencyKind


def test_all_of_sweden_is_served() -> None:
    """R16: every municipality lies in a county that a regional coordinator with a phone number serves."""
    sweden = load()
    assert (len(sweden.municipalities), len(sweden.counties)) == (290, 21)
    served = Counter(sweden.coordinator_for(code).nmt_region for code in sweden.municipalities)
    assert set(served) == set(CoordinatorRegion)
    assert all(sweden.contacts[coordinator_of(region)].phones for region in CoordinatorRegion)
    assert all(code.startswith(one.county_code) for code, one in sweden.municipalities.items())


@pytest.mark.parametrize(
    ("municipality", "coordinator"),
    [
        ("0180", "coordinator-stockholm"),
        ("1280", "coordinator-syd"),
        ("1480", "coordinator-vast"),
        ("0580", "coordinator-ost"),
        ("2480", "coordinator-norr"),
        ("1880", "coordinator-bergslagen"),
        ("0380", "coordinator-mitt"),
    ],
)
def test_a_municipality_is_pointed_to_its_coordinator(municipality: str, coordinator: str) -> None:
    """R16: by municipality, county and region; the coordinator is an agency and a contact."""
    contact = coordinator_for(municipality)
    assert (contact.id, contact.agency) == (coordinator, coordinator)


def test_an_unknown_municipality_is_an_error() -> None:
    """Nobody is sent to a wrong coordinator because of a mistyped code."""
    with pytest.raises(KeyError):
        coordinator_for("9999")


def test_everybody_has_a_name_on_the_bus() -> None:
    """Municipalities and counties are agencies by their codes."""
    sweden = load()
    assert sweden.municipalities["0180"].agency == "municipality-0180"
    assert sweden.counties["01"].agency == "region-01"


def test_the_contacts_of_the_sources_are_there() -> None:
    """The hotline with the right spelling of its website, the platform, Mika, Evonhuset, police and migration."""
    contacts = load().contacts
    assert contacts["hotline"].website == "www.nmtsverige.se"
    assert contacts["hotline"].emails == ("info@nmtsverige.se",)
    assert contacts["police"].phones == ("114 14",)
    assert (contacts["emergency"].phones, contacts["emergency"].agency) == (("112",), "police")
    assert "emergency" in contacts["emergency"].purpose.en and "nödläge" in contacts["emergency"].purpose.sv
    assert len(contacts["coordinator-syd"].phones) == 4
    assert contacts["evonhuset"].address == "Stora Nygatan 55"
    assert {"platform", "mika-stockholm", "mika-goteborg", "migration"} < set(contacts)
    assert all(one.name.sv and one.name.en and one.purpose.sv and one.purpose.en for one in contacts.values())
    assert contacts["platform"].agency == "ngo-plattformen"


def test_who_helps_without_acting_in_a_case_is_a_contact() -> None:
    """Social services on call, a Barnahus, embassies and overseers; each has words for what it is called for."""
    contacts = load().contacts
    assert contacts["social-emergency"].phones == ("112",)
    for one in ("barnahus", "foreign-ministry", "inspectorate", "ombudsman", "privacy-authority", "courts"):
        assert contacts[one].agency is None and contacts[one].purpose.sv != contacts[one].purpose.en
    for kind in (AgencyKind.CRIME_VICTIM_AUTHORITY, AgencyKind.EMPLOYMENT_SERVICE):
        assert contacts[kind].agency == kind


def edited(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of the data in which an operator has changed something."""
    folder = tmp_path / "data"
    if not folder.exists():
        copytree(DATA, folder)
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return folder


def test_an_operator_edits_a_copy(tmp_path: Path) -> None:
    """A county that moves to another coordinator is one word in a file."""
    folder = edited(tmp_path, "county-nmt-region.csv", "01,Stockholms län,Stockholm", "01,Stockholms län,Mitt")
    assert coordinator_for("0180", folder).id == "coordinator-mitt"
    assert coordinator_for("0180").id == "coordinator-stockholm"


def test_a_spreadsheet_may_leave_its_mark(tmp_path: Path) -> None:
    """A byte order mark in front of the first column is nobody's fault."""
    folder = edited(tmp_path, "municipalities.csv", "code,name", "\ufeffcode,name")
    assert len(load(folder).municipalities) == 290


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("municipalities.csv", "0114,Upplands Väsby,01", "0114,Upplands Väsby,99", "Upplands Väsby"),
        ("municipalities.csv", "0114,Upplands Väsby,01,Stockholms län", "0114,Upplands Väsby", "line 2"),
        ("municipalities.csv", "Stockholms län", "Stockholms län,och mer", "line 2"),
        ("county-nmt-region.csv", "Bergslagen", "Bergen", "line 14.*'Bergen'"),
        ("county-nmt-region.csv", "Mitt,direct", ",direct", "line 3: there is no"),
        ("contacts.csv", "coordinator-syd,", "coordinator-sud,", "Skåne"),
        ("contacts.csv", "hotline,", "helpline,", "no line with the id hotline"),
        ("contacts.csv", "mika-goteborg,", "mika-stockholm,", "twice"),
        ("contacts.csv", "phones", "telephones", "no column phones"),
        ("contacts.csv", ",civil-society,,", ",choir,,", "no kind of contact 'choir'"),
        ("contacts.csv", ",civil-society,,", ",civil-society,nobody,", "member of nobody who stands there: platform"),
        ("municipalities.csv", ",", ";", "no column code, name; columns"),
        ("municipalities.csv", "0114", "114", "line 2: '114'.*dropped a zero"),
    ],
)
def test_data_that_does_not_fit_is_found_at_once(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    """The error names what is wrong, so that whoever edited the file can mend it."""
    with pytest.raises(ValueError, match=says):
        load(edited(tmp_path, file, old, new))


def test_a_member_of_the_platform_is_added_by_who_knows_it(tmp_path: Path) -> None:
    """The sources name no member; each line says where it is from, but for the project's own."""
    assert [one.id for one in load().contacts.values() if one.member_of] == []
    assert {one.source for one in load().contacts.values()} == {None, REFERRAL_AND_ASSISTANCE}
    line = "ngo-fyren,ngo-fyren,Fyren,Fyren,Skyddat boende,Shelter,,,,,,civil-society,platform,"
    folder = edited(tmp_path, "contacts.csv", "mika-stockholm,", f"{line}\nmika-stockholm,")
    (member,) = [one for one in load(folder).contacts.values() if one.member_of == "platform"]
    assert (member.agency, member.kind) == ("ngo-fyren", ContactKind.CIVIL_SOCIETY)


def test_contacts_without_the_newer_columns_are_read_as_before(tmp_path: Path) -> None:
    """An operator's own file need not be edited."""
    folder = edited(tmp_path, "contacts.csv", "id,", "id,")
    path = folder / "contacts.csv"
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(row[:-3] for row in rows)
    assert load(folder).hotline.kind is ContactKind.AUTHORITY


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The folder has all three files."""
    with pytest.raises(ValueError, match=r"county-nmt-region\.csv is missing"):
        load(tmp_path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """As an old spreadsheet writes it."""
    path = edited(tmp_path, "municipalities.csv", "code", "code") / "municipalities.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    with pytest.raises(ValueError, match=r"municipalities\.csv is not UTF-8"):
        load(path.parent)


@pytest.mark.parametrize(
    ("text", "found"),
    [("MALMÖ", ["1280"]), (" ostersund", ["2380"]), ("0180", ["0180"]), ("nowhere", []), ("torsby", ["1737"])],
)
def test_a_municipality_is_found_by_name_or_code(text: str, found: list[str]) -> None:
    """However it is accented."""
    assert [one.code for one in load().search(text)] == found


def test_municipalities_are_found_in_the_order_of_their_names() -> None:
    """All of a county by the beginning of its codes; all of Sweden by nothing."""
    skåne = load().search("12")
    assert len(skåne) == 33 and {one.county_code for one in skåne} == {"12"}
    assert [one.name for one in (*skåne[:2], *skåne[-3:])] == [
        "Bjuv",
        "Bromölla",
        "Ängelholm",
        "Örkelljunga",
        "Östra Göinge",
    ]
    assert len(load().search("")) == 290


@pytest.mark.parametrize(
    ("swedish_time", "en", "sv"),
    [
        ("2024-03-27 09:00", "open until 16:30", "öppet till 16:30"),
        ("2024-03-27 16:29", "open until 16:30", "öppet till 16:30"),
        ("2024-03-27 16:30", "closed now, opens Thursday 09:00", "stängt nu, öppnar torsdag 09:00"),
        ("2024-03-27 08:59", "closed now, opens today 09:00", "stängt nu, öppnar i dag 09:00"),
        ("2024-03-28 17:00", "closed now, opens Tuesday 09:00", "stängt nu, öppnar tisdag 09:00"),
        ("2024-03-29 10:00", "closed now (Långfredagen), opens Tuesday 09:00", None),
        ("2024-07-06 10:00", "closed now, opens Monday 09:00", "stängt nu, öppnar måndag 09:00"),
        ("2024-12-31 10:00", "closed now (Nyårsafton), opens Thursday 09:00", None),
        ("2026-12-23 17:00", "closed now, opens Monday 09:00", None),
    ],
)
def test_the_hotline_keeps_office_hours(swedish_time: str, en: str, sv: str | None) -> None:
    """R13: Monday to Friday 09:00 to 16:30, in Swedish time, except holidays and their eves."""
    now = datetime.fromisoformat(swedish_time).replace(tzinfo=SWEDISH_TIME)
    found = status(now)
    assert found.says.en == en
    assert sv is None or found.says.sv == sv
    assert found.open is en.startswith("open")
    assert found.changes_at > now


def test_the_hotline_knows_summer_time() -> None:
    """Seven in the morning in UTC is eight in a Swedish winter and nine in a Swedish summer."""
    assert not status(datetime(2024, 3, 27, 7, 30, tzinfo=UTC)).open
    assert status(datetime(2024, 4, 3, 7, 30, tzinfo=UTC)).open
