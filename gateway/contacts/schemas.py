"""The response models of contacts: the hotline, municipalities, regional coordinators."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from contracts.directory.view import DirectoryView
from contracts.sweden.geography.areas import County, Map, Municipality
from contracts.sweden.geography.contacts import MEANWHILE, ContactKind, ContactPoint
from contracts.sweden.geography.regions import CoordinatorRegion, coordinator_of
from contracts.sweden.hotline import HotlineStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.codes import MunicipalityCode, RegionCode
from gateway.http.response_models import ResponseModel, Text


class ContactDetails(ResponseModel):
    """A contact to call or write to, and for which purposes. `agency`: its id on the bus; null when it has none.

    `on_the_bus`: true if the directory has that agency now and it is not suspended, so that an event may ask it.
    """

    id: str
    agency: AgencyId | None
    name: Text
    purpose: Text
    nmt_region: CoordinatorRegion | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    website: str | None
    address: str | None
    kind: ContactKind
    member_of: Annotated[str | None, Field(description="The id of the contact of which it is a member.")]
    source: Annotated[str | None, Field(description="The page that names it; null for the project's own line.")]
    on_the_bus: bool

    @classmethod
    def of(cls, contact: ContactPoint, directory: DirectoryView) -> ContactDetails:
        """The contact as the data has it, and whether the directory has its agency."""
        return cls.model_validate({**asdict(contact), "on_the_bus": directory.can_be_asked(contact.agency)})


class Hotline(ResponseModel):
    """The state of the hotline for professionals now, and the words for it."""

    open: bool
    changes_at: Annotated[datetime, Field(description="When it closes or opens next, in UTC.")]
    says: Text
    contact: ContactDetails
    meanwhile: Annotated[
        tuple[ContactDetails, ...], Field(description="Whom to call while it is closed; empty while it is open.")
    ]

    @classmethod
    def of(cls, status: HotlineStatus, sweden: Map, directory: DirectoryView) -> Hotline:
        """The hotline with its hours and its number."""
        others = () if status.open else (sweden.contacts[each] for each in MEANWHILE if each in sweden.contacts)
        return cls(
            open=status.open,
            changes_at=status.changes_at.astimezone(UTC),
            says=Text.model_validate(status.says),
            contact=ContactDetails.of(sweden.hotline, directory),
            meanwhile=tuple(ContactDetails.of(each, directory) for each in others),
        )


class MunicipalitySummary(ResponseModel):
    """A municipality in a list."""

    code: MunicipalityCode
    name: str
    county_code: RegionCode
    agency: AgencyId

    @classmethod
    def of(cls, municipality: Municipality) -> MunicipalitySummary:
        """The municipality and its id on the bus."""
        return cls.model_validate(municipality)


class CountyDetails(ResponseModel):
    """A county. Its region is responsible for health care."""

    code: RegionCode
    name: str
    nmt_region: CoordinatorRegion
    agency: AgencyId

    @classmethod
    def of(cls, county: County) -> CountyDetails:
        """The county and its region's id on the bus."""
        return cls.model_validate(county)


class MunicipalityDetails(ResponseModel):
    """The agencies responsible for the people of a municipality, and the regional coordinator to ask (R16)."""

    code: MunicipalityCode
    name: str
    agency: AgencyId
    county: CountyDetails
    coordinator: ContactDetails

    @classmethod
    def of(cls, municipality: Municipality, sweden: Map, directory: DirectoryView) -> MunicipalityDetails:
        """The municipality with its county and coordinator."""
        return cls(
            code=municipality.code,
            name=municipality.name,
            agency=municipality.agency,
            county=CountyDetails.of(sweden.counties[municipality.county_code]),
            coordinator=ContactDetails.of(sweden.coordinator_for(municipality.code), directory),
        )


class Coordinator(ResponseModel):
    """A regional coordinator, and the counties that it serves."""

    nmt_region: CoordinatorRegion
    agency: AgencyId
    contact: ContactDetails
    counties: tuple[CountyDetails, ...]

    @classmethod
    def of(cls, region: CoordinatorRegion, sweden: Map, directory: DirectoryView) -> Coordinator | None:
        """The coordinator of a region; None when the data has none for it."""
        agency = coordinator_of(region)
        contact = sweden.contacts.get(agency)
        if contact is None:
            return None
        counties = (CountyDetails.of(one) for one in sweden.counties.values() if one.nmt_region is region)
        return cls(
            nmt_region=region, agency=agency, contact=ContactDetails.of(contact, directory), counties=tuple(counties)
        )
