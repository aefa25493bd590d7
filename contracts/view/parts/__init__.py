"""The parts of a case view, named after the chapters whose events leave them behind."""
