"""What judges events: rules, rulesets, the decider, and what the rules of several chapters share."""
