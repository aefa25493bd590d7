"""From 15 July 2026 Directive (EU) 2024/1712, which amends Directive 2011/36/EU, is transposed."""

from datetime import date

from contracts.chapters import statistical_facts
from contracts.sweden.chapters import acute_danger, exploitation
from contracts.sweden.rulesets import se_2024_04, se_2025_07

RULESET = se_2025_07.RULESET.amended(
    "SE-2026-07",
    date(2026, 7, 15),
    adopted_at=se_2024_04.ADOPTED,
    replacing={
        exploitation.form_is_known_to_the_law_of_its_day: exploitation.every_form_is_known,
    },
    adding=[
        acute_danger.participants_alert_police_answer,
        acute_danger.the_alerted_police_answer,
        acute_danger.the_call_comes_first,
        acute_danger.the_ground_is_one_of_the_issuers,
        statistical_facts.participants_say_what_is_counted,
    ],
)
