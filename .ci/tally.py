"""Counts the tests in JUnit reports, and fails unless every one of them ran and passed.

A skipped or expected failure proves nothing, and neither does a run without tests.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def main(reports: list[str]) -> int:
    """Print what did not pass and, as the last line, the tally; 1 unless all passed."""
    tally: Counter[str] = Counter()
    for report in reports:
        if not Path(report).is_file():
            continue  # the run ended before its first test
        for case in ElementTree.parse(report).iter("testcase"):
            outcome = _outcome(case)
            tally[outcome] += 1
            if outcome != "passed":
                print(f"{outcome}: {case.get('classname')}::{case.get('name')}")
    failed, skipped = tally["failure"] + tally["error"], tally["skipped"]
    if not tally:
        print("no tests ran")
    print(f"{tally['passed']} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if tally["passed"] and not failed and not skipped else 1


def _outcome(case: ElementTree.Element) -> str:
    found = {child.tag for child in case} & {"failure", "error", "skipped"}
    return min(found, default="passed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
