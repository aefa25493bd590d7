"""The law: rules, rulesets, the decider that judges by them, and the parts that several chapters share."""
