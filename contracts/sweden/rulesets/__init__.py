"""The Swedish rulesets, one module each. `contracts.law.in_force` finds them and says which one judges an event."""
