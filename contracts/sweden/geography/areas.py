"""Areas: municipalities, their counties, and the regional coordinators that serve the counties (R16)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from contracts.law.rule import REFERRAL_AND_ASSISTANCE, stated
from contracts.sweden.geography.contacts import HOTLINE, ContactPoint
from contracts.sweden.geography.regions import CoordinatorRegion, coordinator_of
from contracts.vocabulary.agencies import AgencyId, AgencyKind

_LAST_LETTERS: Final = str.maketrans("åäö", "{|}")
"""For sorting: the last letters of the Swedish alphabet come after z."""

municipality_asks_its_coordinator = stated(
    "R16",
    en="An agency without experience of trafficking is pointed to its regional coordinator.",
    sv="En aktör utan erfarenhet av människohandel hänvisas till sin regionkoordinator.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “Municipalities which do not have experience in handling cases of THB may at "
    "any time contact the appointed Regional Coordinator in their region.”",
)


_NATIONAL: Final[dict[AgencyId, str]] = {
    AgencyKind.POLICE: "Polismyndigheten",
    AgencyKind.PROSECUTOR: "Åklagarmyndigheten",
    AgencyKind.MIGRATION: "Migrationsverket",
    AgencyKind.COORDINATOR: "Jämställdhetsmyndigheten",
    AgencyKind.LABOUR_INSPECTORATE: "Arbetsmiljöverket",
    AgencyKind.TAX: "Skatteverket",
    AgencyKind.IOM: "IOM",
}
"""The agencies of which there is one in the country, by their id, as they call themselves."""


@dataclass(frozen=True)
class Municipality:
    """One of the 290 municipalities, which are responsible for social services."""

    code: str
    name: str
    county_code: str

    @property
    def agency(self) -> AgencyId:
        """Its name on the bus."""
        return f"{AgencyKind.MUNICIPALITY}-{self.code}"


@dataclass(frozen=True)
class County:
    """One of the 21 counties. Its region is responsible for health care; one regional coordinator serves it."""

    code: str
    name: str
    nmt_region: CoordinatorRegion

    @property
    def agency(self) -> AgencyId:
        """Its name on the bus."""
        return f"{AgencyKind.REGION}-{self.code}"


@dataclass(frozen=True)
class Place:
    """The name of an agency and the codes of the area that it is responsible for, as far as its id tells."""

    name: str
    municipality: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Map:
    """The municipalities and counties by their codes, and the contacts by their ids."""

    municipalities: dict[str, Municipality]
    counties: dict[str, County]
    contacts: dict[str, ContactPoint]

    def coordinator_for(self, municipality: str) -> ContactPoint:
        """The regional coordinator of the municipality with this code. Raises KeyError when there is none."""
        return self.coordinator_in(self.municipalities[municipality].county_code)

    def coordinator_in(self, county: str) -> ContactPoint:
        """The regional coordinator of the county with this code. Raises KeyError when there is none."""
        return self.contacts[coordinator_of(self.counties[county].nmt_region)]

    @property
    def hotline(self) -> ContactPoint:
        """The national coordinator's hotline for professionals."""
        return self.contacts[HOTLINE]

    def search(self, text: str) -> list[Municipality]:
        """The municipalities whose name contains the text, or whose code begins with it, sorted by name.

        Case and accents do not matter. An empty text finds all municipalities.
        """
        wanted = plain(text)
        found = (one for one in self.municipalities.values() if wanted in plain(one.name) or one.code.startswith(text))
        return sorted(found, key=lambda one: one.name.casefold().translate(_LAST_LETTERS))

    def place_of(self, agency: AgencyId) -> Place:
        """The name and the area of an agency, as far as its id tells; when no name is known, its id stands for it."""
        kind, _, code = agency.partition("-")
        if kind == AgencyKind.MUNICIPALITY and code in self.municipalities:
            municipality = self.municipalities[code]
            return Place(municipality.name, code, municipality.county_code)
        if kind == AgencyKind.REGION and code in self.counties:
            return Place(self.counties[code].name, region=code)
        contact = next((each for each in self.contacts.values() if agency in (each.id, each.agency)), None)
        return Place(_NATIONAL.get(agency, agency) if contact is None else contact.name.sv)


def plain(text: str) -> str:
    """The text for comparisons: in lower case, without accents, and without space around it."""
    letters = unicodedata.normalize("NFD", text.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
