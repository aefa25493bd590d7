"""What Stafett costs, as ratios to what the same machine does bare: `python -m benchmarks`."""
