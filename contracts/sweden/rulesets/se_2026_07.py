"""From 15 July 2026 Directive (EU) 2024/1712, which amends Directive 2011/36/EU, is transposed."""

from datetime import date

from contracts.sweden.rulesets import se_2024_04, se_2025_07

RULESET = se_2025_07.RULESET.amended("SE-2026-07", date(2026, 7, 15), adopted_on=se_2024_04.ADOPTED, replacing={})
