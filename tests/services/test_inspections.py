"""Given a joint inspection, each authority gets a task to report, and the one that asked learns when all have."""

from __future__ import annotations

import pytest
from harness.reacting import reactions_of

from contracts.sweden.chapters.labour import LabourInspectionReported
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.example_ids import NGO, POLICE

CASE = OTHER_CASES["a joint inspection"]
REQUESTED, REPORTS = CASE[:-3], CASE[-3:]
INSPECT = "inspect and report"


@pytest.mark.parametrize("agency", [POLICE, "labour-inspectorate", "tax"])
async def test_each_inspects_and_reports(agency: str) -> None:
    """On the planned day; its own report, and no other's, ends its task."""
    assert (await reactions_of(agency, *REQUESTED)).tasks[INSPECT].due == "2024-03-19"
    others = [report for report in REPORTS if report.by.agency != agency]
    assert INSPECT in (await reactions_of(agency, *REQUESTED, *others)).open
    assert INSPECT not in (await reactions_of(agency, *CASE)).open


async def test_others_have_nothing_to_inspect() -> None:
    """They take part in the case, not in the inspection."""
    assert (await reactions_of(NGO, *REQUESTED)).open == set()


async def test_who_asked_goes_on_when_all_have_reported() -> None:
    """Not before, and nobody else."""
    assert all(isinstance(report.event, LabourInspectionReported) for report in REPORTS)
    assert not any("reported" in line for line in (await reactions_of(POLICE, *CASE[:-1])).told)
    assert "All have reported on the joint inspection" in (await reactions_of(POLICE, *CASE)).told[-1]
    assert (await reactions_of("tax", *CASE)).told == []
