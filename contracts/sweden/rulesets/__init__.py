"""The Swedish rulesets, one module each. `contracts.law.rulesets` finds them and says which one judges an event."""
