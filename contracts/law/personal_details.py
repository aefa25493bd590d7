"""Personal details: an agency may read them when a consent in force names it and it has accepted the case (R11)."""

from __future__ import annotations

from datetime import date

from contracts.law.rule import CONSENT_LIFTS_SECRECY, REFERRAL_AND_ASSISTANCE, stated
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import DataClass


def personal_details_open_to(case: CaseView, agency: AgencyId, on: date) -> frozenset[DataClass]:
    """The classes of personal data that an agency may read on a Swedish day (R11).

    They are those of every consent in force that names the agency; none before it has accepted the case or opened it.
    """
    if not has_accepted(case, agency):
        return frozenset()
    return frozenset(
        data_class
        for consent in case.consents
        if agency in consent.recipients and consent.in_force(on)
        for data_class in consent.data_classes
    )


def personal_details_open_to_whom(case: CaseView, data_class: DataClass, on: date) -> frozenset[AgencyId]:
    """All agencies that may read a class of personal data on a Swedish day, by the rule of `personal_details_open_to`.

    It makes one pass over the view, however many agencies take part.
    """
    present = {participant.agency for participant in case.participants if not participant.is_offered}
    accepted = {offer.recipient for offer in case.offers if offer.taken_on} | {case.opened_by}
    named = {
        recipient
        for consent in case.consents
        if data_class in consent.data_classes and consent.in_force(on)
        for recipient in consent.recipients
    }
    return frozenset(named & present & accepted)


def has_accepted(case: CaseView, agency: AgencyId) -> bool:
    """True if the agency takes part and has accepted an offer of the case, or opened the case."""
    accepted = any(offer.recipient == agency and offer.taken_on for offer in case.offers)
    return case.takes_part(agency) and (accepted or agency == case.opened_by)


personal_details_take_consent_and_acceptance = stated(
    "R11",
    en="Personal details are readable only by an agency that a consent in force names and that has accepted the case; "
    "a withdrawal stops further sharing at once.",
    sv="Personuppgifter får läsas endast av en aktör som ett gällande samtycke anger och som har tagit emot ärendet; "
    "en återkallelse stoppar vidare delning genast.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “The victim can however consent to being referred to an organisation or state "
    f"agency which may handle personal details.” {CONSENT_LIFTS_SECRECY}",
)
