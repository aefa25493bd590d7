"""From 29 November 2026 a return takes a fresh assessment of the risk, safety planned, and a child who was heard.

No act of parliament changed on that day: the mechanism itself takes these conditions from then on, and a fact of an
earlier day is judged without them.
"""

from datetime import date

from contracts.sweden.chapters import guardians, safety_plan
from contracts.sweden.rulesets import se_2026_07

RULESET = se_2026_07.RULESET.amended(
    "SE-2026-11",
    date(2026, 11, 29),
    replacing={},
    adding=[
        safety_plan.risk_is_known_before_a_return,
        safety_plan.journey_at_risk_is_planned,
        guardians.child_is_heard,
    ],
)
