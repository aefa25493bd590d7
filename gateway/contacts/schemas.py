"""The response models of contacts: the hotline, municipalities, regional coordinators."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from contracts.directory.view import DirectoryView
from contracts.sweden.geography.areas import County, Map, Municipality
from contracts.sweden.geography.contacts import ContactPoint
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

    @classmethod
    def of(cls, status: HotlineStatus, contact: ContactPoint, directory: DirectoryView) -> Hotline:
        """The hotline with its hours and its number."""
        return cls(
            open=status.open,
            changes_at=status.changes_at.astimezone(UTC),
            says=Text.model_validate(status.says),
            contact=ContactDetails.of(contact, directory),
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
