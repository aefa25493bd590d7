"""From 1 April 2024 protected accommodation is a service of the social services, with a licence.

Social Services Act (socialtjänstlagen, 2001:453), chapter 6; government bill 2023/24:31.
"""

from datetime import date
from typing import Final

from contracts.chapters import assistance
from contracts.sweden.chapters import before_a_plan
from contracts.sweden.rulesets import se_2022_08

ADOPTED: Final = date(2026, 11, 28)

RULESET = se_2022_08.RULESET.amended(
    "SE-2024-04",
    date(2024, 4, 1),
    adopted_on=ADOPTED,
    replacing={
        assistance.service_follows_plan: before_a_plan.service_follows_plan_unless_it_cannot_wait,
    },
)
