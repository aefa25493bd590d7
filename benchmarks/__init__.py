"""Measures the cost of Stafett, as ratios to the bare speed of the same machine: `python -m benchmarks`."""
