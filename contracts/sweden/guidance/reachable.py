"""The directory's word on an event.

If the event asks an agency that cannot be asked, the refusal names who can, and a phone number (R16, R24): the delegate
that the directory names for it, otherwise a coordinator. An agency that the directory does not have is asked outside
the bus, and no other one is (R33).
"""

from __future__ import annotations

from contracts.chapters.referral import CaseReferred
from contracts.directory.addressees import (
    Obstacle,
    Unreachable,
    addressee_is_there,
    asked_outside_only_from_outside,
    on_the_bus,
    unreachable,
)
from contracts.directory.certification import uncertified
from contracts.directory.entry import Delegation
from contracts.directory.view import DirectoryView
from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.rule import Missing, Refusal, missing
from contracts.sweden.geography.areas import Map
from contracts.sweden.geography.contacts import ContactPoint
from contracts.sweden.geography.files import load
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import COORDINATOR, AgencyId
from contracts.vocabulary.wording import Wording

_WHY = {
    Obstacle.NOT_ADMITTED: Wording("is not on the bus", "är inte ansluten"),
    Obstacle.SUSPENDED: Wording("is suspended", "är avstängd"),
    Obstacle.WRONG_KIND: Wording("cannot do what is asked", "kan inte göra det som begärs"),
}


def refused_by_directory(case: CaseView, event: CaseEvent, by: Provenance, directory: DirectoryView) -> Refusal | None:
    """Why the directory does not let an event be issued: nobody is there to be asked, or a certificate is missing."""
    return (
        nobody_is_asked(case, event, directory)
        or not_asked_outside(case, event, directory)
        or uncertified(case, event, by, directory)
    )


def nobody_is_asked(case: CaseView, event: CaseEvent, directory: DirectoryView) -> Refusal | None:
    """Why an event may not be issued: it asks an agency that is not there. Says who can be reached instead."""
    lost = unreachable(event, directory)
    if lost is None:
        return None
    geography = load()
    why = _WHY[lost.obstacle]
    delegation = directory.delegation(lost.agency)
    if delegation is not None:
        who = _named(lost.agency, geography)
        found = _delegated(who, why, lost, delegation, directory, geography)
    else:
        found = _instead(lost.agency, why, case, directory, geography)
    outside = lost.obstacle is Obstacle.NOT_ADMITTED and _exists(lost.agency, geography)
    return Refusal(addressee_is_there, _or_outside(found) if outside and isinstance(event, CaseReferred) else found)


def not_asked_outside(case: CaseView, event: CaseEvent, directory: DirectoryView) -> Refusal | None:
    """Why an event may not be issued: it asks outside the bus whom the directory has, or who is not known to exist."""
    geography = load()
    entry = on_the_bus(event, directory)
    if entry is not None:
        who = _named(entry.agency, geography)
        here = missing(f"{who} is on the bus: refer the case there.", f"{who} är ansluten: hänvisa dit.", entry.agency)
        suspended = _instead(entry.agency, _WHY[Obstacle.SUSPENDED], case, directory, geography)
        return Refusal(asked_outside_only_from_outside, suspended if entry.suspended else here)
    unknown = next((each for each in sorted(event.outsiders()) if not _exists(each, geography)), None)
    if unknown is None:
        return None
    why = Wording("is not known to exist", "är inte känd")
    return Refusal(asked_outside_only_from_outside, _instead(unknown, why, case, directory, geography))


def _exists(agency: AgencyId, geography: Map) -> bool:
    """True if a municipality, a region or a contact of the data has this id."""
    return geography.place_of(agency).name != agency


def _named(agency: AgencyId, geography: Map) -> str:
    name = geography.place_of(agency).name
    return agency if name == agency else f"{name} ({agency})"


def _instead(agency: AgencyId, why: Wording, case: CaseView, directory: DirectoryView, geography: Map) -> Missing:
    """The words of a refusal that names the coordinator who can be reached instead of the agency."""
    who = _named(agency, geography)
    instead, contact = _reachable(agency, case, directory, geography)
    phones = ", ".join(contact.phones)
    return missing(
        f"{who} {why.en}. {contact.name.en} ({instead}) can be reached{_by(directory, instead).en}: {phones}.",
        f"{who} {why.sv}. {contact.name.sv} ({instead}) kan nås{_by(directory, instead).sv}: {phones}.",
        instead,
    )


def _or_outside(found: Missing) -> Missing:
    """The words of a refusal, and that the agency can be asked outside the bus (R33)."""
    return missing(
        f"{found.what.en} It can also be asked outside the bus, by a form, a link or phone.",
        f"{found.what.sv} Den kan också tillfrågas utanför bussen, med blankett, länk eller telefon.",
        *found.supplied_by,
    )


def _delegated(
    who: str, why: Wording, lost: Unreachable, delegation: Delegation, directory: DirectoryView, geography: Map
) -> Missing:
    """The words of a refusal when a delegate receives for the agency: ask it here, if it can do what is asked,
    or call.
    """
    entry = directory.entry(delegation.delegate)
    name = delegation.delegate if entry is None else f"{entry.name} ({entry.agency})"
    here = entry is not None and entry.kind in lost.kinds
    phones = [delegation.phone] if delegation.phone else [*_phones_of(delegation.delegate, geography)]
    en, sv = ["here"] * here, ["här"] * here
    if phones:
        en, sv = [*en, f"by phone: {', '.join(phones)}"], [*sv, f"per telefon: {', '.join(phones)}"]
    return missing(
        f"{who} {why.en}. {name} receives for it {' and '.join(en)}.",
        f"{who} {why.sv}. {name} tar emot åt den {' och '.join(sv)}.",
        delegation.delegate,
    )


def _phones_of(agency: AgencyId, geography: Map) -> tuple[str, ...]:
    """The public numbers of a coordinator; for any other agency those of the hotline, which knows whom to call."""
    contact = next((each for each in geography.contacts.values() if each.agency == agency), geography.hotline)
    return contact.phones


def signing_coordinator(case: CaseView, directory: DirectoryView) -> AgencyId:
    """The coordinator who countersigns a return by default: the regional one of the case's county, if it is on the bus;
    the national one otherwise (R10).
    """
    geography = load()
    regional = geography.coordinator_in(case.region).agency if case.region in geography.counties else None
    return regional if regional is not None and directory.can_be_asked(regional) else COORDINATOR


def _reachable(
    agency: AgencyId, case: CaseView, directory: DirectoryView, geography: Map
) -> tuple[AgencyId, ContactPoint]:
    """The regional coordinator of the place where the agency or else the case is, if it is on the bus and another; the
    national coordinator otherwise.
    """
    region = geography.place_of(agency).region or case.region
    if region in geography.counties:
        contact = geography.coordinator_in(region)
        if contact.agency is not None and contact.agency != agency and directory.can_be_asked(contact.agency):
            return contact.agency, contact
    return COORDINATOR, geography.hotline


def _by(directory: DirectoryView, agency: AgencyId) -> Wording:
    here = directory.can_be_asked(agency)
    return Wording(" here and by phone", " här och per telefon") if here else Wording(" by phone", " per telefon")
