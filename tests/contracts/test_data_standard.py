"""The yearly report in the words of HTCDS and IC-TIP: every row that a report can have, and no hidden number."""

from __future__ import annotations

import csv
import io
from datetime import date

from contracts.chapters.detection import VictimDetected
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.statistics.cells import PERSONAL, UNKNOWN
from contracts.statistics.tables import CountedCase, Tally, VictimCounts
from contracts.sweden.data_standard import TABLES, as_csv, rows
from contracts.testing.example_ids import NGO
from contracts.testing.given_when_then import given, issued
from contracts.view.parts.identification import Identification

HTCDS = {
    "": {""},
    "vic_TraffickingStatus": {"PossibleVictimOfTrafficking", "ActualVictimOfTrafficking", "NotAVictimOfTrafficking"},
    "org_Type": {
        *("NGO", "LawEnforcement", "HealthServiceOrganisation", "CentralGovernmentOrganisation", "LegalService"),
        *("LocalGovernmentOrganisation", "ImmigrationService", "CorporateBusiness", "SchoolOrCollege"),
    },
    "prs_Gender": {
        *("Feminine", "Masculine", "TransgenderFeminine", "TransgenderMasculine", "NonConforming"),
        "NonSpecifiedUnknown",
    },
    "prs_Citizenship": {"SE"},
    "vic_TypeOfExploitation": {
        *("ForcedLabour", "SexualExploitation", "ChildLabour", "ForcedMarriage", "Servitude", "OrganRemoval"),
        *("ForcedMilitaryByNonStateActors", "ForcedBegging", "ForcedAdoption", "Surrogacy", "Other"),
    },
}
"""The closed lists of HTCDS 2.0, by field."""


def report(women: int, unknown: int) -> VictimCounts:
    """The report of 2026 on so many women of another country of the EU, and so many persons of whom little is known."""
    opened = issued(VictimDetected, NGO, occurred_at="2026-12-01T09:30:00Z")
    tally = Tally(date(2026, 1, 1), date(2026, 12, 31), ("01",))
    for said in [(opened, issued(StatisticalFactsRecorded, NGO))] * women + [(opened,)] * unknown:
        tally.count(CountedCase((("VictimDetected", date(2026, 12, 1)),), given(*said).case))
    return tally.victims()


def test_every_cell_of_the_report_has_a_row_and_a_code_that_the_standard_knows() -> None:
    """So no person is lost on the way to another country's numbers."""
    cells = {table.value: set(names) for table, names in PERSONAL.items()} | {"status": set(Identification)}
    assert {table.name: set(table.codes) for table in TABLES} == cells
    for table in TABLES:
        assert {code.code for code in table.codes.values()} <= HTCDS[table.field] | {""}
        assert not any(code.exact for code in table.codes.values() if not code.code)


def test_a_row_tells_our_word_theirs_and_the_number() -> None:
    """The number is the one of the report; a hidden one is none."""
    found = {(row.table, row.word): row for row in rows(report(women=20, unknown=9))}
    women = found["sex", "female"]
    assert (women.word_sv, women.htcds_field, women.htcds_code, women.victims) == (
        "kvinna",
        "prs_Gender",
        "Feminine",
        20,
    )
    assert found["sex", "unknown"].victims is None and found["sex", "male"].victims is None
    assert found["organisation", UNKNOWN].htcds_code == ""
    assert len(found) == sum(len(table.codes) for table in TABLES)


def test_a_spreadsheet_reads_the_same() -> None:
    """One line for each row, the period in each; a hidden number is empty."""
    told = report(women=20, unknown=9)
    read = list(csv.DictReader(io.StringIO(as_csv(told))))
    assert [line["victims"] for line in read] == ["" if row.victims is None else str(row.victims) for row in rows(told)]
    assert {(line["first_month"], line["last_month"]) for line in read} == {("2026-01", "2026-12")}
    few = csv.DictReader(io.StringIO(as_csv(report(women=3, unknown=1))))
    assert {line["victims"] for line in few} == {""}
