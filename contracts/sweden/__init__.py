"""Sweden's own: its chapters, its rulesets, whom to turn to, its geography and its hotline.

Nothing that any country shares imports this package; `contracts.law.in_force` alone names it, to find its rulesets.
Three things of Sweden still stand elsewhere: the kinds of agency (`contracts.vocabulary.agencies`), the time zone and
holidays (`contracts.calendar`), and the parts that Swedish chapters leave in the one case view (`contracts.view`).
"""
