"""From 1 April 2024 protected accommodation is a service of the social services, with a licence.

Social Services Act (socialtjänstlagen, 2001:453), chapter 6; government bill 2023/24:31.
"""

from datetime import date
from typing import Final

from contracts.chapters import referral, refusals
from contracts.sweden.chapters import child_safeguards, return_choice
from contracts.sweden.rulesets import se_2022_08

ADOPTED: Final = date(2026, 11, 28)

RULESET = se_2022_08.RULESET.amended(
    "SE-2024-04",
    date(2024, 4, 1),
    adopted_on=ADOPTED,
    replacing={
        referral.victim_consents: referral.victim_consents_or_may_be_a_child,
    },
    adding=[
        child_safeguards.professionals_find_the_age_authorities_safeguard,
        child_safeguards.age_is_found_with_care,
        child_safeguards.child_has_somebody_who_consents,
        child_safeguards.safeguards_are_for_a_child,
        refusals.agencies_record_refusals,
        return_choice.professionals_record_the_choice_coordinator_and_iom_the_reception,
        return_choice.child_does_not_choose_alone,
        return_choice.reception_is_in_the_country_of_return,
        return_choice.return_is_chosen,
        return_choice.plan_is_made_with_the_person,
        return_choice.childs_return_is_safe,
    ],
)
