"""The rules as the Swedish referral mechanism of 2016 states them.

The order is the order of judging: first what every event needs, then each chapter's own. The first objection stands.
"""

from datetime import date

from contracts import (
    assistance,
    closure,
    consent,
    consultation,
    detection,
    identification,
    legal_status,
    referral,
    reimbursement,
    two_times,
    voluntary_return,
)
from contracts.rules import Ruleset

MANDATES = (
    detection.anyone_may_detect,
    consultation.participants_ask_the_coordinator_advises,
    consent.participants_record_consent,
    referral.participants_refer_recipients_answer,
    identification.only_investigators_investigate,
    legal_status.others_apply_migration_decides,
    legal_status.only_those_who_meet_asylum_seekers_record_claims,
    assistance.providers_assess_plan_and_support,
    reimbursement.municipalities_claim_migration_decides,
    voluntary_return.professionals_apply_coordinator_countersigns_iom_decides,
    closure.lead_closes_participants_reopen,
)

RULESET = Ruleset(
    "SE-2016",
    date(2016, 1, 1),
    (
        *MANDATES,
        detection.case_begins_with_detection,
        referral.issuer_takes_part,
        closure.closed_case_rests,
        two_times.facts_have_occurred,
        consultation.advice_answers_a_consultation,
        consent.consent_has_a_future,
        consent.withdrawal_names_a_consent,
        referral.victim_consents,
        referral.one_open_offer_each,
        referral.offer_is_answered_once,
        identification.one_investigation_at_a_time,
        legal_status.investigation_leader_applies,
        legal_status.one_application_at_a_time,
        legal_status.application_is_decided_once,
        legal_status.period_is_thirty_days,
        legal_status.asylum_is_claimed_once,
        assistance.plan_follows_assessment,
        assistance.service_follows_plan,
        assistance.migration_assists_asylum_seekers,
        reimbursement.claim_lies_within_reflection_period,
        reimbursement.claim_is_decided_once,
        voluntary_return.return_builds_on_plan,
        voluntary_return.return_goes_step_by_step,
        closure.only_the_lead_closes,
    ),
)
