"""Routing: from a municipality to its county and its regional coordinator, and whom to call (R16).

The data is in a folder of CSV files that an operator may copy and edit: `municipalities.csv` (Statistics Sweden's
codes, CC0), `county-nmt-region.csv` (which regional coordinator serves which county; its column `evidence` says which
lines were found said and which are inferred) and `contacts.csv` (the sources' contacts; of the two spellings of the
website that they print, nmtsverige.se is the one that goes with the e-mail address).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from contracts.law.rule import REFERRAL_AND_ASSISTANCE, stated
from contracts.sweden.chapters.voluntary_return import CoordinatorRegion
from contracts.vocabulary.agencies import AgencyId, AgencyKind
from contracts.vocabulary.wording import Wording

DATA: Final = Path(__file__).parent / "data"
"""The folder that ships with the project."""

HOTLINE: Final = "hotline"
"""The id of the hotline's line in `contacts.csv`."""

_COLUMNS: Final = {
    "county-nmt-region.csv": ("county_code", "county_name", "nmt_region"),
    "municipalities.csv": ("code", "name", "county_code"),
    "contacts.csv": (
        *("id", "agency", "name_sv", "name_en", "for_sv", "for_en"),
        *("nmt_region", "phones", "emails", "website", "address"),
    ),
}

_KEYS: Final = {
    "county-nmt-region.csv": re.compile(r"[0-9]{2}"),
    "municipalities.csv": re.compile(r"[0-9]{4}"),
    "contacts.csv": re.compile(r"[a-z][a-z0-9-]*"),
}
"""What the first column of each file holds."""

_LAST_LETTERS: Final = str.maketrans("åäö", "{|}")
"""For sorting: the last letters of the Swedish alphabet come after z."""

municipality_asks_its_coordinator = stated(
    "R16",
    en="An agency without experience of trafficking is pointed to its regional coordinator.",
    sv="En aktör utan erfarenhet av människohandel hänvisas till sin regionkoordinator.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “Municipalities which do not have experience in handling cases of THB may at "
    "any time contact the appointed Regional Coordinator in their region.”",
)


@dataclass(frozen=True)
class Municipality:
    """One of the 290: responsible for social services."""

    code: str
    name: str
    county_code: str

    @property
    def agency(self) -> AgencyId:
        """Its name on the bus."""
        return f"{AgencyKind.MUNICIPALITY}-{self.code}"


@dataclass(frozen=True)
class County:
    """One of the 21: responsible for health care, and served by one regional coordinator."""

    code: str
    name: str
    nmt_region: CoordinatorRegion

    @property
    def agency(self) -> AgencyId:
        """Its name on the bus."""
        return f"{AgencyKind.REGION}-{self.code}"


@dataclass(frozen=True)
class Contact:
    """Whom to call, and what for. `agency` is the name on the bus of one that takes part there."""

    id: str
    agency: AgencyId | None
    name: Wording
    purpose: Wording
    nmt_region: CoordinatorRegion | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    website: str | None
    address: str | None


@dataclass(frozen=True)
class Place:
    """What an agency's id tells of it: its name, and where it is responsible."""

    name: str
    municipality: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Map:
    """Who is responsible where, by code."""

    municipalities: dict[str, Municipality]
    counties: dict[str, County]
    contacts: dict[str, Contact]

    def coordinator_for(self, municipality: str) -> Contact:
        """The regional coordinator of a municipality, by its code; KeyError when there is no such municipality."""
        return self.coordinator_in(self.municipalities[municipality].county_code)

    def coordinator_in(self, county: str) -> Contact:
        """The regional coordinator that serves a county, by its code; KeyError when there is no such county."""
        return self.contacts[coordinator_of(self.counties[county].nmt_region)]

    @property
    def hotline(self) -> Contact:
        """The national coordinator's, for professionals."""
        return self.contacts[HOTLINE]

    def search(self, text: str) -> list[Municipality]:
        """The municipalities whose name holds the text, however it is accented, or whose code begins with it; by name.

        All of them for an empty text.
        """
        wanted = _plain(text)
        found = (one for one in self.municipalities.values() if wanted in _plain(one.name) or one.code.startswith(text))
        return sorted(found, key=lambda one: one.name.casefold().translate(_LAST_LETTERS))

    def place_of(self, agency: AgencyId) -> Place:
        """Where an agency is responsible, as far as its id tells; its id is its name where nothing better is known."""
        kind, _, code = agency.partition("-")
        if kind == AgencyKind.MUNICIPALITY and code in self.municipalities:
            municipality = self.municipalities[code]
            return Place(municipality.name, code, municipality.county_code)
        if kind == AgencyKind.REGION and code in self.counties:
            return Place(self.counties[code].name, region=code)
        if agency in self.contacts:
            return Place(self.contacts[agency].name.sv)
        return Place(agency)


def coordinator_of(region: CoordinatorRegion) -> AgencyId:
    """The name on the bus of a region's coordinator."""
    return f"{AgencyKind.COORDINATOR}-{region}"


@cache
def load(folder: Path = DATA) -> Map:
    """Read a folder of data, once. ValueError says which file is missing or has a line that does not fit."""
    counties = {
        row["county_code"]: County(row["county_code"], row["county_name"], _region(row["nmt_region"]))
        for row in _rows(folder / "county-nmt-region.csv")
    }
    municipalities = {
        row["code"]: Municipality(row["code"], row["name"], row["county_code"])
        for row in _rows(folder / "municipalities.csv")
    }
    contacts = {row["id"]: _contact(row) for row in _rows(folder / "contacts.csv")}
    homeless = sorted(m.name for m in municipalities.values() if m.county_code not in counties)
    if homeless:
        raise ValueError(f"municipalities.csv: the county is unknown of {', '.join(homeless)}")
    orphaned = sorted(c.name for c in counties.values() if coordinator_of(c.nmt_region) not in contacts)
    if orphaned:
        raise ValueError(f"contacts.csv: no regional coordinator for {', '.join(orphaned)}")
    if HOTLINE not in contacts:
        raise ValueError(f"contacts.csv: no line with the id {HOTLINE}")
    return Map(municipalities, counties, contacts)


def coordinator_for(municipality: str, folder: Path = DATA) -> Contact:
    """The regional coordinator of a municipality, by its code; KeyError when there is no such municipality."""
    return load(folder).coordinator_for(municipality)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a file by their columns; ValueError names the file, and the line or columns that do not fit."""
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    lacking = [name for name in _COLUMNS[path.name] if name not in (reader.fieldnames or ())]
    if lacking:
        raise ValueError(f"{path.name}: no column {', '.join(lacking)}; columns are separated by commas")
    key = _COLUMNS[path.name][0]
    seen: set[str] = set()
    for number, row in enumerate(reader, start=2):
        line = f"{path.name}: line {number}"
        if None in row or None in row.values():
            raise ValueError(f"{line} has not as many fields as the first")
        if not _KEYS[path.name].fullmatch(row[key]):
            raise ValueError(f"{line}: {row[key]!r} is no {key}; a spreadsheet may have dropped a zero")
        if row[key] in seen:
            raise ValueError(f"{line}: the {key} {row[key]} stands there twice")
        region = row.get("nmt_region", "")
        if (region or path.name == "county-nmt-region.csv") and _plain(region) not in set(CoordinatorRegion):
            raise ValueError(f"{line}: there is no coordinator's region {region!r}")
        seen.add(row[key])
        yield row


def _text(path: Path) -> str:
    if not path.is_file():
        raise ValueError(f"{path.name} is missing")
    try:
        return path.read_text(encoding="utf-8-sig")  # a spreadsheet may have put a mark first
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not UTF-8") from None


def _region(name: str) -> CoordinatorRegion:
    """The region as it is written in Swedish."""
    return CoordinatorRegion(_plain(name))


def _plain(text: str) -> str:
    """The text in lower case without accents or space around it, as it is compared."""
    letters = unicodedata.normalize("NFD", text.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _contact(row: dict[str, str]) -> Contact:
    return Contact(
        id=row["id"],
        agency=row["agency"] or None,
        name=Wording(row["name_en"], row["name_sv"]),
        purpose=Wording(row["for_en"], row["for_sv"]),
        nmt_region=_region(row["nmt_region"]) if row["nmt_region"] else None,
        phones=_listed(row["phones"]),
        emails=_listed(row["emails"]),
        website=row["website"] or None,
        address=row["address"] or None,
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())
