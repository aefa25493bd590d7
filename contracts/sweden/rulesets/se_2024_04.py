"""From 1 April 2024 protected accommodation is a service of the social services, with a licence.

Social Services Act (socialtjänstlagen, 2001:453), chapter 6; government bill 2023/24:31.
"""

from datetime import date
from typing import Final

from contracts.chapters import answer_times, assistance, offer_questions, outcome, transnational, unmet_need
from contracts.sweden.chapters import before_a_plan, long_term, reflection_period, reimbursement
from contracts.sweden.rulesets import se_2022_08

ADOPTED: Final = date(2026, 11, 28)

RULESET = se_2022_08.RULESET.amended(
    "SE-2024-04",
    date(2024, 4, 1),
    adopted_on=ADOPTED,
    replacing={
        assistance.providers_assess_plan_and_support: assistance.coordinators_assess_too,
        assistance.service_follows_plan: before_a_plan.service_follows_plan_unless_it_cannot_wait,
        long_term.integration_follows_permit: long_term.integration_follows_right_to_work,
        long_term.municipalities_and_ngos_integrate: long_term.migration_integrates_too,
        reimbursement.municipalities_claim_migration_decides: (
            reimbursement.municipalities_and_regions_claim_migration_decides
        ),
    },
    adding=[
        answer_times.answer_comes_in_due_time,
        offer_questions.agencies_ask_and_answer,
        offer_questions.recipient_asks_while_the_offer_is_open,
        offer_questions.referrer_answers_once,
        outcome.next_try_is_to_come,
        outcome.outcome_answers_the_offer,
        outcome.recipient_says_what_came_of_it,
        outcome.recipients_say_what_came_of_it,
        outcome.the_lead_is_not_handed_back,
        reflection_period.board_applies_for_whom_has_no_right_to_stay,
        reimbursement.share_fits_the_amount,
        transnational.risk_is_known_before_the_border,
        unmet_need.nobody_has_it_in_hand,
        unmet_need.participants_say_what_is_lacking,
    ],
)
