"""From 1 August 2022 a municipality's social welfare board may apply for a reflection period, without an investigation.

Aliens Act (utlänningslagen, 2005:716), chapter 5, section 15.
"""

from contracts.sweden.chapters.reflection_period import (
    SOCIAL_WELFARE_BOARD_SINCE,
    investigation_leader_applies,
    investigation_leader_or_social_welfare_board_applies,
)
from contracts.sweden.rulesets import se_2016

RULESET = se_2016.RULESET.amended(
    "SE-2022-08",
    SOCIAL_WELFARE_BOARD_SINCE,
    replacing={investigation_leader_applies: investigation_leader_or_social_welfare_board_applies},
)
