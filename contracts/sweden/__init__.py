"""Sweden's own: its chapters, its rulesets, its guidance, its geography and its hotline.

The rooms that all countries share do not import this package; only `contracts.law.in_force` names it, to find the
rulesets. Three Swedish things are still elsewhere: the kinds of agency (`contracts.vocabulary.agencies`), the time zone
and holidays (`contracts.calendar`), and the parts of the case view that Swedish chapters fill (`contracts.view`).
"""
