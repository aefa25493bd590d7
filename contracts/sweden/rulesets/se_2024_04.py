"""From 1 April 2024 protected accommodation is a service of the social services, with a licence.

Social Services Act (socialtjänstlagen, 2001:453), chapter 6; government bill 2023/24:31.
"""

from datetime import date
from typing import Final

from contracts.chapters import (
    answer_times,
    assistance,
    external_referral,
    offer_questions,
    outcome,
    referral,
    refusals,
    transnational,
    unmet_need,
)
from contracts.directory import addressees
from contracts.sweden.chapters import (
    appeals,
    awaited_answers,
    before_a_plan,
    benefit_appeals,
    child_inquiry,
    child_safeguards,
    compensation,
    counsel,
    guardians,
    interim_orders,
    interviews,
    long_term,
    reflection_period,
    reimbursement,
    return_choice,
    safety_plan,
    trial,
)
from contracts.sweden.rulesets import se_2022_08
from contracts.view.evolution import LEAVES_MORE_SINCE

ADOPTED: Final = LEAVES_MORE_SINCE
"""The later rulesets of this release are adopted at the same moment."""

RULESET = se_2022_08.RULESET.amended(
    "SE-2024-04",
    date(2024, 4, 1),
    adopted_at=ADOPTED,
    replacing={
        assistance.providers_assess_plan_and_support: assistance.coordinators_assess_too,
        assistance.service_follows_plan: before_a_plan.service_follows_plan_unless_it_cannot_wait,
        long_term.integration_follows_permit: long_term.integration_follows_right_to_work,
        long_term.municipalities_and_ngos_integrate: long_term.migration_integrates_too,
        referral.victim_consents: referral.victim_consents_or_may_be_a_child,
        reimbursement.municipalities_claim_migration_decides: (
            reimbursement.municipalities_and_regions_claim_migration_decides
        ),
    },
    adding=[
        answer_times.answer_comes_in_due_time,
        child_safeguards.professionals_find_the_age_authorities_safeguard,
        child_safeguards.age_is_found_with_care,
        child_safeguards.child_has_somebody_who_consents,
        child_safeguards.safeguards_are_for_a_child,
        offer_questions.agencies_ask_and_answer,
        offer_questions.recipient_asks_while_the_offer_is_open,
        offer_questions.referrer_answers_once,
        outcome.next_try_is_to_come,
        outcome.outcome_answers_the_offer,
        outcome.recipient_says_what_came_of_it,
        outcome.recipients_say_what_came_of_it,
        outcome.the_lead_is_not_handed_back,
        reflection_period.board_applies_for_whom_has_no_right_to_stay,
        refusals.agencies_record_refusals,
        reimbursement.share_fits_the_amount,
        return_choice.professionals_record_the_choice_coordinator_and_iom_the_reception,
        return_choice.child_does_not_choose_alone,
        return_choice.reception_is_in_the_country_of_return,
        return_choice.return_is_chosen,
        return_choice.plan_is_made_with_the_person,
        return_choice.childs_return_is_safe,
        transnational.risk_is_known_before_the_border,
        unmet_need.nobody_has_it_in_hand,
        unmet_need.participants_say_what_is_lacking,
        addressees.asked_outside_only_from_outside,
        external_referral.agencies_ask_outside_and_record_the_answer,
        external_referral.outside_takes_consent_too,
        external_referral.one_open_offer_outside,
        external_referral.answer_from_outside_is_recorded_once,
        external_referral.form_and_link_take_their_code,
        counsel.courts_and_migration_appoint_counsel,
        counsel.counsel_follows_an_investigation,
        interviews.investigators_interview_the_prosecutor_spares,
        interviews.interview_has_been_held,
        interviews.punishment_is_considered,
        interviews.child_is_not_heard_alone,
        trial.prosecutors_charge_courts_judge,
        trial.charge_follows_an_investigation,
        trial.trial_is_of_a_charge,
        compensation.others_apply_the_crime_victim_authority_pays,
        compensation.victim_wants_compensation,
        compensation.compensation_is_decided_once,
        appeals.the_person_appeals_a_court_decides,
        appeals.refusal_is_appealed_in_time,
        appeals.appeal_is_decided_once,
        interim_orders.a_court_orders_a_stay,
        interim_orders.order_is_about_an_open_appeal,
        benefit_appeals.the_claimant_or_the_person_appeals,
        benefit_appeals.assistance_has_been_decided,
        benefit_appeals.benefit_is_appealed_in_time,
        benefit_appeals.benefit_appeal_is_decided_once,
        guardians.authorities_apply_and_discharge,
        guardians.guardians_come_and_go,
        child_inquiry.social_services_inquire,
        child_inquiry.inquiry_follows_a_concern,
        safety_plan.providers_plan_for_safety,
        safety_plan.safety_is_planned_together,
        awaited_answers.the_clock_says_what_is_late,
        awaited_answers.answer_is_late_after_its_last_day,
    ],
)
