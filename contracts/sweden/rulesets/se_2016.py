"""The rules as the Swedish referral mechanism of 2016 states them.

The rules are in the order of judging: first those for every event, then those of each chapter. The first objection
decides.
"""

from datetime import date

from contracts.chapters import (
    assistance,
    child_protection,
    clocks,
    closure,
    consent,
    consultation,
    detection,
    erasure,
    lead,
    personal_data,
    referral,
    transnational,
)
from contracts.directory import addressees, objections
from contracts.law import bitemporal, parts, personal_details
from contracts.law.rule import nobody_issues_without_a_mandate
from contracts.law.ruleset import Ruleset
from contracts.sweden import hotline
from contracts.sweden.chapters import (
    asylum,
    exploitation,
    identification,
    labour,
    long_term,
    reflection_period,
    reimbursement,
    residence,
    residence_permit,
    voluntary_return,
)
from contracts.sweden.geography import areas
from contracts.sweden.guidance import entitlement

MANDATES = (
    detection.anyone_may_detect,
    consultation.participants_ask_the_coordinator_advises,
    consent.participants_record_consent,
    personal_data.services_keep_account_of_personal_data,
    referral.participants_refer_recipients_answer,
    lead.agencies_hand_over,
    identification.only_investigators_investigate,
    reflection_period.others_apply_migration_decides,
    residence_permit.investigation_leader_applies_migration_decides,
    asylum.only_those_who_meet_asylum_seekers_record_claims,
    asylum.migration_decides_on_asylum,
    residence.migration_grants_residence_and_work,
    assistance.providers_assess_plan_and_support,
    child_protection.professionals_report_social_services_assess,
    reimbursement.municipalities_claim_migration_decides,
    voluntary_return.professionals_apply_coordinator_countersigns_iom_decides,
    labour.three_authorities_inspect,
    transnational.contacts_refer_across_the_border,
    long_term.municipalities_and_ngos_integrate,
    closure.lead_closes_participants_reopen,
    clocks.participants_keep_time,
    erasure.lead_asks_holders_confirm,
)

STATED = (
    entitlement.help_follows_status,
    personal_details.personal_details_take_consent_and_acceptance,
    hotline.hotline_hours,
    areas.municipality_asks_its_coordinator,
    objections.coordinator_keeps_the_directory,
    addressees.addressee_is_there,
    parts.writers_read_the_part,
    nobody_issues_without_a_mandate,
)
"""The rules that judge no event by themselves; functions beside them compute what follows from them."""

RULESET = Ruleset(
    "SE-2016",
    date(2016, 1, 1),
    (
        *MANDATES,
        erasure.erased_case_is_over,
        detection.case_begins_with_detection,
        referral.issuer_takes_part,
        closure.closed_case_rests,
        bitemporal.facts_have_occurred,
        consultation.a_coordinator_is_consulted,
        consultation.advice_answers_a_consultation,
        consultation.consultation_is_unanswered_after_three_days,
        consent.consent_has_a_future,
        consent.withdrawal_names_a_consent,
        consent.consent_expires_after_its_last_day,
        personal_data.consent_covers_what_is_recorded,
        personal_data.own_record_is_replaced,
        personal_data.consent_opens_what_is_read,
        referral.victim_consents,
        referral.one_open_offer_each,
        referral.offer_is_answered_once,
        referral.programme_takes_certificate,
        referral.offer_expires_after_its_time,
        lead.lead_goes_to_one_who_accepted,
        exploitation.form_is_known_to_the_law_of_its_day,
        identification.one_investigation_at_a_time,
        reflection_period.investigation_leader_applies,
        reflection_period.one_application_at_a_time,
        reflection_period.application_is_decided_once,
        reflection_period.period_is_thirty_days,
        reflection_period.period_ends_once,
        reflection_period.reflection_period_ends_after_its_last_day,
        residence_permit.permit_follows_dialogue,
        residence_permit.one_permit_application_at_a_time,
        residence_permit.permit_is_decided_once,
        residence_permit.permit_is_six_months_or_more,
        residence_permit.permit_ends_once,
        residence_permit.permit_ends_after_its_last_day,
        asylum.asylum_is_claimed_once,
        asylum.open_claim_is_decided,
        residence.residence_is_granted_once,
        assistance.plan_follows_assessment,
        assistance.the_plan_in_force_is_revised,
        assistance.service_follows_plan,
        assistance.migration_assists_asylum_seekers,
        child_protection.concern_is_for_a_child,
        child_protection.concern_is_assessed_once,
        child_protection.custodian_is_for_a_child,
        child_protection.assessment_is_overdue_after_the_next_day,
        reimbursement.claim_lies_within_its_window,
        reimbursement.support_is_claimed_once,
        reimbursement.claim_is_decided_once,
        voluntary_return.return_builds_on_plan,
        voluntary_return.return_goes_step_by_step,
        labour.inspection_is_joint,
        labour.victim_consents_to_inspection,
        labour.each_reports_once,
        transnational.borders_are_crossed_by_contacts,
        transnational.a_contact_receives,
        transnational.victim_consents_abroad,
        transnational.one_open_offer_abroad,
        transnational.offer_abroad_is_answered_once,
        long_term.integration_follows_permit,
        long_term.integration_service_follows_plan,
        closure.only_the_lead_closes,
        closure.duplicate_is_of_another_case,
        clocks.running_deadline_is_reminded_of_once,
        erasure.lead_erases_at_every_holder,
        erasure.investigation_keeps_the_case,
        erasure.each_holder_confirms_once,
        erasure.every_holder_can_be_told,
        *STATED,
    ),
)
