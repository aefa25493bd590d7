"""Breaking the rules of consulting, referring within the programme, leading, and referring across a border."""

from contracts.chapters import consultation, lead, referral, transnational
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.referral import (
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralWithdrawn,
)
from contracts.chapters.transnational import (
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    TransnationalReferralOffered,
)
from contracts.sweden.chapters import voluntary_return
from contracts.sweden.chapters.voluntary_return import ReturnCountersigned, ReturnRequested
from contracts.testing.canonical_cases import CANONICAL_CASE, FOREIGN_PARTNER, OTHER_CASES, canonical_until
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR, IOM
from harness.breaking import AUDITOR, UNKNOWN, Broken, after, new

DETECTED = CANONICAL_CASE[:1]
CONSENTED = (*DETECTED, issued(ConsentGiven, NGO))
OFFERED = canonical_until(ReferralAccepted)
ACCEPTED = after(ReferralAccepted)
PROGRAMME = (*CANONICAL_CASE[:4], issued(CaseReferred, NGO, programme=True))
ABROAD = OTHER_CASES["home with another country's help"]
OFFERED_ABROAD = ABROAD[:-1]
CONSENTED_ABROAD = ABROAD[:-2]
CERTIFICATE = "018e0a00-0000-7000-9000-000000000004"

REFERRALS_AND_LEAD = [
    Broken(
        consultation.a_coordinator_is_consulted,
        "the police are consulted as coordinator",
        DETECTED,
        issued(ConsultationRequested, NGO, coordinator="police"),
    ),
    Broken(
        referral.one_open_offer_each,
        "a second offer after the first one's time, which nobody has ended",
        OFFERED,
        issued(CaseReferred, NGO, id=new(1), occurred_at="2024-03-07T10:00:00Z", respond_by="2024-03-08T10:00:00Z"),
    ),
    Broken(
        referral.offer_is_answered_once,
        "an expired offer is withdrawn",
        (*OFFERED, issued(ReferralExpired, COORDINATOR)),
        issued(ReferralWithdrawn, NGO),
    ),
    Broken(
        referral.offer_is_answered_once,
        "an expired offer is accepted by an answer that was given in time and came late",
        (*ACCEPTED, issued(CaseReferred, NGO, id=new(1)), issued(ReferralExpired, COORDINATOR, offer_id=new(1))),
        issued(ReferralAccepted, MUNICIPALITY, id=new(2), offer_id=new(1)),
    ),
    Broken(
        referral.offer_is_answered_once,
        "an accepted offer expires",
        ACCEPTED,
        issued(ReferralExpired, COORDINATOR),
    ),
    Broken(
        referral.offer_is_answered_once,
        "a regional coordinator lets an offer expire",
        (*OFFERED, issued(ConsultationRequested, NGO, id=new(1), coordinator="coordinator-syd")),
        issued(ReferralExpired, "coordinator-syd"),
    ),
    *(
        Broken(
            referral.offer_is_answered_once,
            f"{answer.__name__} to a transnational offer",
            OFFERED_ABROAD,
            issued(
                answer, FOREIGN_PARTNER, occurred_at="2024-05-10T09:00:00Z", offer_id=OFFERED_ABROAD[-1].by.event_id
            ),
        )
        for answer in (ReferralAccepted, ReferralDeclined)
    ),
    *(
        Broken(
            referral.programme_takes_certificate,
            how,
            PROGRAMME,
            issued(ReferralAccepted, MUNICIPALITY, certificate=certificate),
        )
        for how, certificate in (
            ("the programme's offer is accepted without a certificate", None),
            ("the certificate ended the day before", {"id": CERTIFICATE, "valid_until": "2024-03-04"}),
        )
    ),
    Broken(lead.agencies_hand_over, "an auditor hands over", ACCEPTED, issued(LeadHandedOver, AUDITOR)),
    Broken(
        lead.lead_goes_to_one_who_accepted,
        "one who does not lead hands over",
        ACCEPTED,
        issued(LeadHandedOver, MUNICIPALITY),
    ),
    Broken(
        lead.lead_goes_to_one_who_accepted,
        "the former lead hands over again",
        OTHER_CASES["the municipality takes the lead"],
        issued(LeadHandedOver, NGO),
    ),
    Broken(
        lead.lead_goes_to_one_who_accepted,
        "the lead hands over to itself",
        ACCEPTED,
        issued(LeadHandedOver, NGO, to=NGO),
    ),
    Broken(
        lead.lead_goes_to_one_who_accepted,
        "the lead goes to an agency that has not answered",
        OFFERED,
        issued(LeadHandedOver, NGO),
    ),
    Broken(
        lead.lead_goes_to_one_who_accepted,
        "the lead goes to an agency that declined",
        (*OFFERED, issued(ReferralDeclined, MUNICIPALITY)),
        issued(LeadHandedOver, NGO),
    ),
    Broken(
        voluntary_return.return_builds_on_plan,
        "the application names no coordinator",
        canonical_until(ReturnRequested),
        issued(ReturnRequested, MUNICIPALITY, coordinator=IOM),
    ),
    Broken(
        voluntary_return.return_goes_step_by_step,
        "another coordinator countersigns than the one who was contacted",
        (*canonical_until(ReturnRequested), issued(ReturnRequested, MUNICIPALITY, coordinator="coordinator-stockholm")),
        issued(ReturnCountersigned, COORDINATOR),
    ),
    Broken(
        voluntary_return.return_goes_step_by_step,
        "a regional coordinator countersigns for another region",
        (*canonical_until(ReturnRequested), issued(ReturnRequested, MUNICIPALITY, coordinator="coordinator-syd")),
        issued(ReturnCountersigned, "coordinator-syd", region="stockholm"),
    ),
    Broken(
        transnational.contacts_refer_across_the_border,
        "a municipality refers abroad",
        CONSENTED_ABROAD,
        issued(TransnationalReferralOffered, MUNICIPALITY),
    ),
    Broken(
        transnational.a_contact_receives,
        "the coordinator refers abroad to the police",
        CONSENTED_ABROAD,
        issued(TransnationalReferralOffered, COORDINATOR, recipient=POLICE),
    ),
    Broken(
        transnational.a_contact_receives,
        "a contact abroad refers to another one",
        ABROAD,
        issued(TransnationalReferralOffered, FOREIGN_PARTNER, recipient="foreign-partner-fi"),
    ),
    Broken(
        transnational.borders_are_crossed_by_contacts,
        "an NGO refers abroad by itself",
        CONSENTED_ABROAD,
        issued(CaseReferred, NGO, id=new(2), recipient=FOREIGN_PARTNER, purposes=["safe-return"]),
    ),
    Broken(
        transnational.victim_consents_abroad,
        "a transnational referral without consent",
        CONSENTED_ABROAD[:-1],
        issued(TransnationalReferralOffered, COORDINATOR),
    ),
    Broken(
        transnational.victim_consents_abroad,
        "a transnational referral for another purpose than the consent",
        CONSENTED_ABROAD,
        issued(TransnationalReferralOffered, COORDINATOR, purpose="support"),
    ),
    Broken(
        transnational.victim_consents_abroad,
        "an acceptance after the consent's last day, which no clock has ended",
        (
            *CONSENTED_ABROAD,
            issued(TransnationalReferralOffered, COORDINATOR, respond_by="2024-09-15T15:00:00Z"),
        ),
        issued(TransnationalReferralAccepted, FOREIGN_PARTNER, occurred_at="2024-09-05T09:00:00Z"),
    ),
    Broken(
        referral.issuer_takes_part,
        "an acceptance from abroad after consent was withdrawn",
        (
            *OFFERED_ABROAD,
            issued(ConsentWithdrawn, NGO, consent_id=CONSENTED_ABROAD[-1].by.event_id, recipients=[FOREIGN_PARTNER]),
        ),
        issued(TransnationalReferralAccepted, FOREIGN_PARTNER),
    ),
    Broken(
        transnational.one_open_offer_abroad,
        "a second transnational offer",
        OFFERED_ABROAD,
        issued(TransnationalReferralOffered, COORDINATOR, id=new(2)),
    ),
    Broken(
        transnational.one_open_offer_abroad,
        "a transnational offer that is over before it is made",
        CONSENTED_ABROAD,
        issued(TransnationalReferralOffered, COORDINATOR, respond_by="2024-05-08T09:00:00Z"),
    ),
    Broken(
        transnational.offer_abroad_is_answered_once,
        "an unknown transnational offer is declined",
        OFFERED_ABROAD,
        issued(TransnationalReferralDeclined, FOREIGN_PARTNER, offer_id=UNKNOWN),
    ),
    Broken(
        transnational.offer_abroad_is_answered_once,
        "the coordinator answers its own offer",
        OFFERED_ABROAD,
        issued(TransnationalReferralDeclined, COORDINATOR),
    ),
    Broken(
        transnational.offer_abroad_is_answered_once,
        "an offer within the country is declined as a transnational one",
        (*CONSENTED, issued(CaseReferred, NGO)),
        issued(TransnationalReferralDeclined, COORDINATOR, offer_id=issued(CaseReferred, NGO).by.event_id),
    ),
    Broken(
        transnational.offer_abroad_is_answered_once,
        "a transnational offer is declined after it was accepted",
        ABROAD,
        issued(TransnationalReferralDeclined, FOREIGN_PARTNER),
    ),
    Broken(
        transnational.offer_abroad_is_answered_once,
        "a transnational offer is accepted a second too late",
        OFFERED_ABROAD,
        issued(TransnationalReferralAccepted, FOREIGN_PARTNER, occurred_at="2024-05-15T15:00:01Z"),
    ),
]
"""Who refers where, with what, and who answers for the case."""
