"""The yearly report on victims in the words of HTCDS 2.0 and of IC-TIP, to stand beside other countries' numbers.

HTCDS is the Human Trafficking Case Data Standard of the International Organization for Migration, version 2.0. Its
fields describe one person; here they name the table, and a code of theirs names the row. IC-TIP is the International
Classification for Administrative Data on Trafficking in Persons (UN Statistical Commission, 2025); a row says which of
its units it describes. A code that says less or other than our word is marked as not exact, and where HTCDS has no code
the row has none. No row is about one person: the numbers are those of `VictimCounts`, with the small ones hidden.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.event.fact import Fact
from contracts.statistics.cells import SEVERAL, UNKNOWN
from contracts.statistics.tables import TableCell, VictimCounts
from contracts.sweden.labels.swedish import LABELS
from contracts.view.parts.identification import Identification
from contracts.view.parts.statistical_facts import CitizenshipGroup, Sex
from contracts.vocabulary.agencies import AgencyKind
from contracts.vocabulary.choices import AgeBand, ExploitationForm
from contracts.vocabulary.wording import Wording

STANDARD: Final = "HTCDS 2.0"


class Unit(StrEnum):
    """The unit of IC-TIP that a table describes."""

    VICTIM = "victim"
    EVENT = "event"
    REPORTING_ENTITY = "reporting-entity"


@dataclass(frozen=True)
class Code:
    """A code of HTCDS, or an empty one where HTCDS has none. `exact`: the code says just what our word says."""

    code: str
    exact: bool = True


@dataclass(frozen=True)
class Mapped:
    """How one table of the report is said in HTCDS. `field`: the field of HTCDS; empty: it has none."""

    name: str
    label: Wording
    unit: Unit
    field: str
    codes: Mapping[StrEnum | str, Code]


_NONE: Final = Code("", exact=False)
_GOVERNMENT: Final = Code("CentralGovernmentOrganisation")

TABLES: Final = (
    Mapped(
        "status",
        Wording("Status as a victim", "Ställning som offer"),
        Unit.VICTIM,
        "vic_TraffickingStatus",
        {
            Identification.PRESUMED: Code("PossibleVictimOfTrafficking"),
            # In Sweden an open investigation identifies somebody; HTCDS asks for a decision that they are a victim.
            Identification.FORMAL: Code("ActualVictimOfTrafficking", exact=False),
        },
    ),
    Mapped(
        "organisation",
        Wording("Registering organisation", "Registrerande organisation"),
        Unit.REPORTING_ENTITY,
        "org_Type",
        {
            AgencyKind.POLICE: Code("LawEnforcement"),
            AgencyKind.PROSECUTOR: Code("LawEnforcement", exact=False),
            AgencyKind.MIGRATION: Code("ImmigrationService"),
            AgencyKind.MUNICIPALITY: Code("LocalGovernmentOrganisation"),
            AgencyKind.REGION: Code("HealthServiceOrganisation", exact=False),
            AgencyKind.NGO: Code("NGO"),
            AgencyKind.COORDINATOR: _GOVERNMENT,
            AgencyKind.LABOUR_INSPECTORATE: _GOVERNMENT,
            AgencyKind.TAX: _GOVERNMENT,
            AgencyKind.COURT: _GOVERNMENT,
            AgencyKind.CRIME_VICTIM_AUTHORITY: _GOVERNMENT,
            AgencyKind.EMPLOYMENT_SERVICE: _GOVERNMENT,
            AgencyKind.CHIEF_GUARDIAN: Code("LocalGovernmentOrganisation"),
            AgencyKind.LEGAL_COUNSEL: _NONE,
            AgencyKind.IOM: _NONE,
            AgencyKind.FOREIGN_PARTNER: _NONE,
            UNKNOWN: _NONE,
        },
    ),
    Mapped(
        "sex",
        Wording("Sex", "Kön"),
        Unit.VICTIM,
        "prs_Gender",  # HTCDS asks for gender, the directive for sex
        {
            Sex.FEMALE: Code("Feminine", exact=False),
            Sex.MALE: Code("Masculine", exact=False),
            Sex.OTHER: Code("NonConforming", exact=False),
            Sex.UNKNOWN: Code("NonSpecifiedUnknown"),
        },
    ),
    # HTCDS knows age from the date of birth alone, which no event has.
    Mapped("age", Wording("Age group", "Åldersgrupp"), Unit.VICTIM, "", dict.fromkeys(AgeBand, _NONE)),
    Mapped(
        "citizenship",
        Wording("Citizenship group", "Medborgarskapsgrupp"),
        Unit.VICTIM,
        "prs_Citizenship",  # countries by ISO 3166, which has no code for a group of them
        {**dict.fromkeys(CitizenshipGroup, _NONE), CitizenshipGroup.REPORTING_COUNTRY: Code("SE")},
    ),
    Mapped(
        "form",
        Wording("Form of exploitation", "Form av exploatering"),
        Unit.EVENT,
        "vic_TypeOfExploitation",
        {
            ExploitationForm.SEXUAL: Code("SexualExploitation"),
            ExploitationForm.LABOUR: Code("ForcedLabour"),
            ExploitationForm.FORCED_BEGGING: Code("ForcedBegging"),
            ExploitationForm.FORCED_CRIMINALITY: Code("Other", exact=False),
            ExploitationForm.ORGAN_REMOVAL: Code("OrganRemoval"),
            ExploitationForm.FORCED_MARRIAGE: Code("ForcedMarriage"),
            ExploitationForm.ILLEGAL_ADOPTION: Code("ForcedAdoption", exact=False),
            ExploitationForm.SURROGACY: Code("Surrogacy"),
            ExploitationForm.OTHER: Code("Other"),
            SEVERAL: _NONE,  # HTCDS lets one person have several codes, and would count the person in each
            UNKNOWN: _NONE,
        },
    ),
)
"""Every table of the report, each with every row that it can have."""

_NO_ENUM: Final = {
    SEVERAL: Wording("several forms", "flera former"),
    UNKNOWN: Wording("unknown", "okänt"),
}


class ReportRow(Fact):
    """One number of the report: our table and word with both labels, the words of the standards, and the number.

    `victims`: None: the number is hidden, because it is small or would give a small one away.
    """

    table: str
    table_en: str
    table_sv: str
    word: str
    word_en: str
    word_sv: str
    ic_tip_unit: Unit
    htcds_field: str
    htcds_code: str
    exact: bool
    victims: int | None


def rows(report: VictimCounts) -> Iterator[ReportRow]:
    """The report row by row, in the order of `TABLES`."""
    for table in TABLES:
        cells: tuple[TableCell, ...] = getattr(report, f"by_{table.name}")
        counts = {cell.name: cell.count for cell in cells}
        for word, code in table.codes.items():
            label = LABELS.value(word) if isinstance(word, StrEnum) else _NO_ENUM[word]
            yield ReportRow(
                table=table.name,
                table_en=table.label.en,
                table_sv=table.label.sv,
                word=str(word),
                word_en=label.en,
                word_sv=label.sv,
                ic_tip_unit=table.unit,
                htcds_field=table.field,
                htcds_code=code.code,
                exact=code.exact,
                victims=counts[str(word)],
            )


def as_csv(report: VictimCounts) -> str:
    """The rows as comma-separated values (RFC 4180) with a header; the period stands in each row, a hidden number is
    empty.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(("first_month", "last_month", *ReportRow.model_fields))
    for row in rows(report):
        writer.writerow((report.first_month, report.last_month, *row.model_dump(mode="json").values()))
    return written.getvalue()
