"""From 1 July 2025 the new Social Services Act (socialtjänstlagen, 2025:400) is in force."""

from datetime import date

from contracts.sweden.chapters import before_a_plan
from contracts.sweden.rulesets import se_2024_04

RULESET = se_2024_04.RULESET.amended(
    "SE-2025-07",
    date(2025, 7, 1),
    adopted_at=se_2024_04.ADOPTED,
    replacing={
        before_a_plan.service_follows_plan_unless_it_cannot_wait: (
            before_a_plan.service_follows_plan_unless_it_takes_no_assessment
        ),
    },
)
