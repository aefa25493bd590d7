"""Breaking the rules of recording, reading and erasing personal data and whole cases."""

from contracts.chapters import erasure, personal_data
from contracts.chapters.closure import CaseReopened
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, canonical_until
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR
from harness.breaking import AUDITOR, UNKNOWN, Broken, after, new

CONSENTED = CANONICAL_CASE[:4]
OFFERED = canonical_until(ReferralAccepted)
ACCEPTED = after(ReferralAccepted)
RECORDED = (*ACCEPTED, issued(PersonalDetailsRecorded, NGO))
ERASED = OTHER_CASES["a case is erased"]
RECORD = "018e0a00-0000-7000-a000-000000000001"
HOLDERS = ["ngo-fyren", "coordinator", "municipality-0180"]

ASKED = (*ACCEPTED, issued(ErasureRequested, NGO))
ASKED_OF_DETAILS = (*ACCEPTED, issued(ErasureRequested, NGO, scope="personal-details"))

CROWD = [f"ngo-{n:03}-{'x' * 55}" for n in range(erasure.MOST_HOLDERS - 2)]  # the longest names that there are
CROWDED = (
    *CANONICAL_CASE[:1],
    *(
        issued(ConsentGiven, NGO, id=event_id(2000 + first), recipients=CROWD[first : first + 20])
        for first in range(0, len(CROWD), 20)
    ),
    *(issued(CaseReferred, NGO, id=event_id(3000 + n), recipient=each) for n, each in enumerate(CROWD)),
)
"""A case with as many holders as it may have: the NGO that opened it, the coordinator and a crowd."""

PERSONAL_DATA_AND_ERASURE = [
    Broken(
        personal_data.services_keep_account_of_personal_data,
        "an auditor reads personal details",
        ACCEPTED,
        issued(PersonalDetailsRead, AUDITOR),
    ),
    Broken(
        personal_data.consent_covers_what_is_recorded,
        "identity is recorded without consent",
        CANONICAL_CASE[:1],
        issued(PersonalDetailsRecorded, NGO),
    ),
    Broken(
        personal_data.consent_covers_what_is_recorded,
        "health is recorded under a consent to identity and contact",
        CONSENTED,
        issued(PersonalDetailsRecorded, NGO, data_class="health"),
    ),
    Broken(
        personal_data.consent_covers_what_is_recorded,
        "identity is recorded on the day after the consent's last",
        CONSENTED,
        issued(PersonalDetailsRecorded, NGO, occurred_at="2024-09-04T22:00:00Z"),
    ),
    Broken(
        personal_data.own_record_is_replaced,
        "a record is made twice",
        RECORDED,
        issued(PersonalDetailsRecorded, NGO, id=new(1)),
    ),
    *(
        Broken(
            personal_data.own_record_is_replaced,
            how,
            RECORDED,
            issued(PersonalDetailsRecorded, by, id=new(1), record_id=UNKNOWN, replaces=old, data_class=data_class),
        )
        for how, by, old, data_class in (
            ("a record that nobody made is replaced", NGO, new(7), "identity"),
            ("another class takes a record's place", NGO, RECORD, "contact"),
            ("another agency's record is replaced", MUNICIPALITY, RECORD, "identity"),
        )
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "personal details are read before the case is accepted",
        OFFERED,
        issued(PersonalDetailsRead, MUNICIPALITY),
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "the coordinator, which only keeps time, reads",
        ACCEPTED,
        issued(PersonalDetailsRead, COORDINATOR),
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "the opener reads though the consent does not name it",
        ACCEPTED,
        issued(PersonalDetailsRead, NGO),
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "an unknown consent is named",
        ACCEPTED,
        issued(PersonalDetailsRead, MUNICIPALITY, consent_id=UNKNOWN),
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "the consent has run out, though no clock has said so",
        ACCEPTED,
        issued(PersonalDetailsRead, MUNICIPALITY, occurred_at="2024-09-04T22:00:00Z"),
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "for a purpose that the consent does not name",
        ACCEPTED,
        issued(PersonalDetailsRead, MUNICIPALITY, purpose="safe-return"),
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "a class that the consent does not name, beside one that it does",
        ACCEPTED,
        issued(PersonalDetailsRead, MUNICIPALITY, data_classes=["identity", "health"]),
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "a class that another consent opens",
        (
            *ACCEPTED,
            issued(ConsentGiven, NGO, id=new(1), recipients=[MUNICIPALITY], data_classes=["health"]),
        ),
        issued(PersonalDetailsRead, MUNICIPALITY, data_classes=["health"]),
    ),
    Broken(
        personal_data.consent_opens_what_is_read,
        "a class that was withdrawn",
        (*ACCEPTED, issued(ConsentWithdrawn, NGO, recipients=[], data_classes=["identity"])),
        issued(PersonalDetailsRead, MUNICIPALITY),
    ),
    Broken(
        erasure.every_holder_can_be_told,
        "another agency is brought in than an erasure could name",
        (*CROWDED, issued(ConsentGiven, NGO)),
        issued(CaseReferred, NGO),
    ),
    Broken(erasure.lead_asks_holders_confirm, "an auditor erases", ACCEPTED, issued(ErasureRequested, AUDITOR)),
    *(
        Broken(erasure.erased_case_is_over, f"{event.__name__} in an erased case", ERASED, issued(event, by, id=new(1)))
        for event, by in (
            (VictimDetected, NGO),
            (ConsentGiven, NGO),
            (CaseReopened, MUNICIPALITY),
            (ErasureRequested, NGO),
            (PersonalDetailsRecorded, NGO),
        )
    ),
    Broken(
        erasure.lead_erases_at_every_holder,
        "one who does not lead erases",
        ACCEPTED,
        issued(ErasureRequested, MUNICIPALITY),
    ),
    Broken(
        erasure.lead_erases_at_every_holder,
        "the former lead erases",
        (*ACCEPTED, issued(LeadHandedOver, NGO)),
        issued(ErasureRequested, NGO),
    ),
    *(
        Broken(erasure.lead_erases_at_every_holder, how, ACCEPTED, issued(ErasureRequested, NGO, holders=holders))
        for how, holders in (
            ("a participant is left out", HOLDERS[:2]),
            ("an agency that holds nothing is named", [*HOLDERS, POLICE]),
            ("a holder is named twice", [*HOLDERS, NGO]),
            ("the coordinator is left out", [NGO, MUNICIPALITY]),
        )
    ),
    Broken(
        erasure.lead_erases_at_every_holder,
        "one who has left is left out",
        (*ACCEPTED, issued(ConsentWithdrawn, NGO, recipients=[MUNICIPALITY])),
        issued(ErasureRequested, NGO, holders=HOLDERS[:2]),
    ),
    Broken(
        erasure.lead_erases_at_every_holder,
        "the coordinator is left out where it has not yet taken part",
        CANONICAL_CASE[:1],
        issued(ErasureRequested, NGO, holders=[NGO]),
    ),
    Broken(
        erasure.investigation_keeps_the_case,
        "a case is erased under an open investigation",
        after(InvestigationOpened),
        issued(ErasureRequested, NGO, holders=[*HOLDERS, POLICE]),
    ),
    Broken(
        erasure.each_holder_confirms_once,
        "what nobody asked for is confirmed",
        ACCEPTED,
        issued(ErasureConfirmed, NGO),
    ),
    *(
        Broken(
            erasure.each_holder_confirms_once, f"a stranger confirms {what}", so_far, issued(ErasureConfirmed, POLICE)
        )
        for what, so_far in (("the case", ASKED), ("the personal details", ASKED_OF_DETAILS))
    ),
    Broken(
        erasure.each_holder_confirms_once,
        "a holder confirms twice",
        (*ASKED, issued(ErasureConfirmed, NGO)),
        issued(ErasureConfirmed, NGO, id=new(1)),
    ),
    Broken(
        erasure.each_holder_confirms_once,
        "another request is confirmed in an erased case",
        ASKED,
        issued(ErasureConfirmed, NGO, request_id=UNKNOWN),
    ),
]
