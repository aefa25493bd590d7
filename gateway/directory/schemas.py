"""The response models of the directory: agencies, certified providers, free places, trainings; nothing about a case."""

from __future__ import annotations

from datetime import date, datetime

from contracts.directory.entry import AgencyEntry, Capacity, Certification
from contracts.directory.events import Audience, TrainingHeld
from contracts.vocabulary.agencies import AgencyId, AgencyKind
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import MunicipalityCode, RegionCode
from gateway.http.response_models import ResponseModel, Uuid


class ListedAgency(ResponseModel):
    """An agency on the bus. `certified_services`: the services that its certificates in force today cover (R15)."""

    agency: AgencyId
    kind: AgencyKind
    name: str
    region: RegionCode | None
    municipality: MunicipalityCode | None
    certified_services: tuple[Service, ...]
    suspended: bool

    @classmethod
    def of(cls, entry: AgencyEntry, today: date) -> ListedAgency:
        """The agency as the directory describes it on this day."""
        certified = {service for each in entry.certifications if each.in_force(today) for service in each.services}
        return cls(
            agency=entry.agency,
            kind=entry.kind,
            name=entry.name,
            region=entry.region,
            municipality=entry.municipality,
            certified_services=tuple(service for service in Service if service in certified),
            suspended=entry.suspended,
        )


class Delegate(ResponseModel):
    """An agency that receives for one that is not on the bus, and the number at which it is reached."""

    agency: AgencyId
    delegate: AgencyId
    phone: str | None
    since: datetime


class CertifiedProvider(ResponseModel):
    """A provider and its certificate, which an acceptance within the National Support Programme names (R15)."""

    agency: AgencyId
    kind: AgencyKind
    name: str
    region: RegionCode | None
    municipality: MunicipalityCode | None
    certificate_id: Uuid
    services: tuple[Service, ...]
    valid_from: date
    valid_until: date

    @classmethod
    def of(cls, entry: AgencyEntry, certificate: Certification) -> CertifiedProvider:
        """The provider and one of its certificates."""
        return cls(
            agency=entry.agency,
            kind=entry.kind,
            name=entry.name,
            region=entry.region,
            municipality=entry.municipality,
            certificate_id=certificate.id,
            services=certificate.services,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
        )


class FreePlaces(ResponseModel):
    """Free places that a provider has announced, and when."""

    agency: AgencyId
    name: str
    service: Service
    places: int
    region: RegionCode
    municipality: MunicipalityCode | None
    takes_children: bool
    announced_at: datetime

    @classmethod
    def of(cls, entry: AgencyEntry, capacity: Capacity) -> FreePlaces:
        """The announcement and the agency that made it."""
        return cls(agency=entry.agency, name=entry.name, **capacity.model_dump())


class Training(ResponseModel):
    """A training that the coordinator held."""

    topic: str
    audience: tuple[Audience, ...]
    held_on: date
    participants: int
    region: RegionCode | None

    @classmethod
    def of(cls, training: TrainingHeld) -> Training:
        """The training as the coordinator announced it."""
        return cls.model_validate(training)
