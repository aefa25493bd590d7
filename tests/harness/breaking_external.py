"""Breaking the rules of asking an agency outside the bus, and of recording its answer."""

from contracts.chapters import external_referral, referral
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.external_referral import ExternalReferralAnswered, ExternalReferralMade
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import issued
from harness.breaking import AUDITOR, UNKNOWN, Broken, new

MALMO = "municipality-1280"
TO_ITS_END = OTHER_CASES["an agency outside the bus is asked"]
DETECTED, CONSENTED, ASKED, ANSWERED = (TO_ITS_END[:n] for n in (1, 2, 3, 4))
BOTH_ASKED = (
    *ASKED,
    issued(
        ConsentGiven,
        NGO,
        id=new(1),
        occurred_at="2026-12-01T13:40:00Z",
        recipients=[MUNICIPALITY],
        valid_until="2027-06-01",
    ),
    issued(CaseReferred, NGO, id=new(2), occurred_at="2026-12-01T13:41:00Z", respond_by="2026-12-04T12:00:00Z"),
)
TAKES_PART = (*BOTH_ASKED, issued(ReferralAccepted, MUNICIPALITY, offer_id=new(2), occurred_at="2026-12-02T08:00:00Z"))
LATE = "2026-12-03T15:00:01Z"
OTHER_MUNICIPALITY = "municipality-0184"

OUTSIDE_THE_BUS = [
    Broken(
        external_referral.agencies_ask_outside_and_record_the_answer,
        "an auditor asks outside",
        CONSENTED,
        issued(ExternalReferralMade, AUDITOR),
    ),
    *(
        Broken(external_referral.outside_takes_consent_too, how, so_far, event)
        for how, so_far, event in (
            ("nobody has consented", DETECTED, issued(ExternalReferralMade, NGO)),
            (
                "the consent is for another purpose",
                CONSENTED,
                issued(ExternalReferralMade, NGO, purposes=["health-care"]),
            ),
            (
                "the consent names another municipality",
                CONSENTED,
                issued(ExternalReferralMade, NGO, recipient=OTHER_MUNICIPALITY),
            ),
        )
    ),
    *(
        Broken(external_referral.one_open_offer_outside, how, so_far, event)
        for how, so_far, event in (
            ("it is asked twice", ASKED, issued(ExternalReferralMade, NGO, id=new(3))),
            ("no time is left", CONSENTED, issued(ExternalReferralMade, NGO, respond_by="2026-12-01T13:30:00Z")),
            (
                "who takes part is asked outside",
                TAKES_PART,
                issued(
                    ExternalReferralMade, NGO, id=new(3), recipient=MUNICIPALITY, occurred_at="2026-12-02T09:00:00Z"
                ),
            ),
        )
    ),
    *(
        Broken(external_referral.answer_from_outside_is_recorded_once, how, so_far, event)
        for how, so_far, event in (
            ("there is no such offer", ASKED, issued(ExternalReferralAnswered, NGO, offer_id=UNKNOWN)),
            ("the answer of one who is on the bus", BOTH_ASKED, issued(ExternalReferralAnswered, NGO, offer_id=new(2))),
            ("another participant records it", TAKES_PART, issued(ExternalReferralAnswered, MUNICIPALITY)),
            ("it is answered twice", ANSWERED, issued(ExternalReferralAnswered, NGO, id=new(3))),
            ("a yes comes late", ASKED, issued(ExternalReferralAnswered, NGO, occurred_at=LATE)),
        )
    ),
    *(
        Broken(
            external_referral.form_and_link_take_their_code,
            f"the code of the {channel} is not checked",
            ASKED,
            issued(ExternalReferralAnswered, NGO, channel=channel, code_checked=False),
        )
        for channel in ("form", "link")
    ),
    *(
        Broken(
            referral.offer_is_answered_once,
            f"{answer.__name__} to an offer outside the bus",
            (
                *ASKED,
                issued(
                    ConsentGiven,
                    NGO,
                    id=new(1),
                    occurred_at="2026-12-01T13:40:00Z",
                    recipients=[MALMO],
                    valid_until="2027-06-01",
                ),
            ),
            issued(answer, NGO, id=new(3), offer_id=event_id(130), occurred_at="2026-12-02T08:00:00Z"),
        )
        for answer in (ReferralAccepted, ReferralDeclined)
    ),
]

WITHDRAWN = issued(ConsentWithdrawn, NGO, occurred_at="2026-12-02T09:00:00Z", recipients=[MALMO])
REPORTED = TO_ITS_END[-1]
