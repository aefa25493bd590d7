"""The certificate of an acceptance within the National Support Programme, looked up in the directory (R15).

Replicas judge an acceptance by the certificate in the event itself, so that all agree although their directories may
differ in version. The service that issues the acceptance looks the certificate up in the directory first.
"""

from __future__ import annotations

from contracts.chapters.referral import ReferralAccepted, programme_takes_certificate
from contracts.directory.view import DirectoryView
from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.rule import Refusal, missing
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.vocabulary.agencies import COORDINATOR


def uncertified(case: CaseView, event: CaseEvent, by: Provenance, directory: DirectoryView) -> Refusal | None:
    """The refusal of an acceptance whose certificate is not in force in the directory on that day, or None."""
    if not isinstance(event, ReferralAccepted):
        return None
    offer, named = with_id(case.offers, event.offer_id), event.certificate
    if offer is None or not offer.programme or named is None:
        return None
    entry = directory.entry(by.agency)
    held = () if entry is None else [each for each in entry.certifications if each.in_force(event.occurred_on)]
    if any((each.id, each.valid_until) == (named.id, named.valid_until) for each in held):
        return None
    return Refusal(
        programme_takes_certificate,
        missing(
            f"The directory has no such certificate of {by.agency} in force.",
            f"Katalogen har inget sådant gällande certifikat för {by.agency}.",
            COORDINATOR,
        ),
    )
