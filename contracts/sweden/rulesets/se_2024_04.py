"""From 1 April 2024 protected accommodation is a service of the social services, with a licence.

Social Services Act (socialtjänstlagen, 2001:453), chapter 6; government bill 2023/24:31.
"""

from datetime import date
from typing import Final

from contracts.chapters import answer_times, offer_questions, outcome, transnational, unmet_need
from contracts.sweden.rulesets import se_2022_08

ADOPTED: Final = date(2026, 11, 28)

RULESET = se_2022_08.RULESET.amended(
    "SE-2024-04",
    date(2024, 4, 1),
    adopted_on=ADOPTED,
    replacing={},
    adding=[
        answer_times.answer_comes_in_due_time,
        offer_questions.agencies_ask_and_answer,
        offer_questions.recipient_asks_while_the_offer_is_open,
        offer_questions.referrer_answers_once,
        outcome.recipients_say_what_came_of_it,
        outcome.recipient_says_what_came_of_it,
        outcome.outcome_answers_the_offer,
        outcome.next_try_is_to_come,
        outcome.the_lead_is_not_handed_back,
        transnational.risk_is_known_before_the_border,
        unmet_need.participants_say_what_is_lacking,
        unmet_need.nobody_has_it_in_hand,
    ],
)
