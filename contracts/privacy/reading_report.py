"""The account of readings of personal details: for participants and auditors, and for the victim in plain words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from contracts.calendar.days import swedish_day
from contracts.event.fact import Fact
from contracts.privacy.openings_account import OpenedCase, OpenedDay, opened_days
from contracts.privacy.proceedings_account import proceedings_told
from contracts.view.case_view import CaseView
from contracts.view.parts.personal_data import Reading
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import DataClass, Purpose
from contracts.vocabulary.wording import Wording


class Row(Fact):
    """One reading, as the report tells it to the victim. It names the agency; only that agency knows the person."""

    on: date
    agency: AgencyId
    what: Wording
    why: Wording
    says: Wording


class VictimReport(Fact):
    """The account of readings for the victim.

    Attributes:
        rows: the readings that the victim may learn of now, the oldest first.
        held_back: the number of readings that the victim learns of only when an investigation ends.
        proceedings: what happened in the legal proceedings, the oldest first.
        openings: on which days people of the agency that makes the report opened the case, the oldest first.
        openings_held_back: the number of openings that the victim learns of only when an investigation ends.
        kept: what agencies keep by law although the case is erased.
    """

    rows: tuple[Row, ...]
    held_back: int
    proceedings: tuple[Wording, ...] = ()
    openings: tuple[OpenedDay, ...] = ()
    openings_held_back: int = 0
    kept: tuple[Wording, ...] = ()


def seen_by(case: CaseView) -> tuple[Reading, ...]:
    """Every reading of personal details in the case, the oldest first; for participants and auditors."""
    return tuple(sorted(case.readings, key=lambda reading: (reading.read_at, reading.id)))


def report_for_victim(
    case: CaseView, agency: AgencyId = "", openings: Collection[OpenedCase] = (), kept: tuple[Wording, ...] = ()
) -> VictimReport:
    """The account for the victim, as an agency gives it. `openings`: that agency's own account of who opened the case.
    `kept`: a sentence for each objection to an erasure.

    It only counts the readings and openings of an agency that leads an open investigation.
    """
    readings = seen_by(case)
    told = [reading for reading in readings if not _is_protected(case, reading.agency)]
    secret = len(openings) if _is_protected(case, agency) else 0
    return VictimReport(
        rows=tuple(map(_row, told)),
        held_back=len(readings) - len(told),
        proceedings=proceedings_told(case),
        openings=() if secret else opened_days(openings, agency),
        openings_held_back=secret,
        kept=kept,
    )


def printed(report: VictimReport, *, swedish: bool) -> str:
    """The report as plain text for printing: a title, one line for each reading, and whom to ask; then who opened the
    case here, what the law keeps, and the steps of the legal proceedings, if there are any.
    """
    held_back = (_held_back(report.held_back),) if report.held_back else ()
    readings = (_TITLE, *((row.says for row in report.rows) if report.rows else (_NOBODY,)), *held_back, _ASK)
    secret = (_held_back(report.openings_held_back),) if report.openings_held_back else ()
    days = (*(day.says for day in report.openings), *secret)
    openings = (_OPENINGS, *days, _ASK_EACH) if days else ()
    proceedings = (_PROCEEDINGS, *report.proceedings) if report.proceedings else ()
    kept = (_KEPT, *report.kept) if report.kept else ()
    return "\n".join(_chapter(words, swedish=swedish) for words in (readings, openings, kept, proceedings) if words)


def _chapter(words: tuple[Wording, ...], *, swedish: bool) -> str:
    title, *lines = [each.sv if swedish else each.en for each in words]
    return "\n".join((title, "", *lines, ""))


def _is_protected(case: CaseView, agency: AgencyId) -> bool:
    return case.under_investigation and case.investigation is not None and case.investigation.led_by == agency


def _row(reading: Reading) -> Row:
    on = swedish_day(reading.read_at)
    what, why = _listed(reading.data_classes), PURPOSES[reading.purpose]
    return Row(
        on=on,
        agency=reading.agency,
        what=what,
        why=why,
        says=Wording(
            f"On {on}, {reading.agency} read {what.en}, for {why.en}.",
            f"Den {on} läste {reading.agency} {what.sv}, för {why.sv}.",
        ),
    )


def _listed(data_classes: tuple[DataClass, ...]) -> Wording:
    words = [DATA_CLASSES[data_class] for data_class in data_classes]
    return Wording(", ".join(each.en for each in words), ", ".join(each.sv for each in words))


def _held_back(count: int) -> Wording:
    return Wording(
        f"An investigation is open. Readings that are told only when it has ended: {count}.",
        f"En utredning pågår. Läsningar som redovisas först när den är avslutad: {count}.",
    )


_TITLE: Final = Wording("Who has read your personal details", "Vem som har läst dina personuppgifter")
_PROCEEDINGS: Final = Wording("What has happened in the legal proceedings", "Vad som har hänt i rättsprocessen")
_KEPT: Final = Wording("What is kept by law although your case is erased", "Vad som bevaras enligt lag")
_OPENINGS: Final = Wording("Who has opened your case here", "Vem som har öppnat ditt ärende här")
_ASK_EACH: Final = Wording(
    "Each agency keeps its own account of who opens your case. You may ask each for it.",
    "Varje aktör för sin egen förteckning över vem som öppnar ditt ärende. Du får be var och en om den.",
)
_NOBODY: Final = Wording("There is no reading to tell of.", "Det finns ingen läsning att redovisa.")
_ASK: Final = Wording(
    "Each agency can say which of its people it was. You may ask it.",
    "Varje aktör kan säga vem hos den det var. Du får fråga den.",
)

DATA_CLASSES: Final[Mapping[DataClass, Wording]] = {
    DataClass.IDENTITY: Wording("who you are", "vem du är"),
    DataClass.CONTACT: Wording("how you are reached", "hur du nås"),
    DataClass.HEALTH: Wording("your health", "din hälsa"),
    DataClass.FAMILY: Wording("your family", "din familj"),
    DataClass.LEGAL: Wording("your legal matters", "dina rättsliga ärenden"),
}
"""The words for each class of personal data in the victim's report."""

PURPOSES: Final[Mapping[Purpose, Wording]] = {
    Purpose.SUPPORT: Wording("support", "stöd"),
    Purpose.HEALTH_CARE: Wording("health care", "hälso- och sjukvård"),
    Purpose.INVESTIGATION: Wording("the investigation", "utredningen av brottet"),
    Purpose.LEGAL_STATUS: Wording("your right to stay", "din rätt att vistas här"),
    Purpose.SAFE_RETURN: Wording("a safe return", "ett tryggt återvändande"),
    Purpose.CHILD_PROTECTION: Wording("the protection of a child", "skydd av ett barn"),
    Purpose.LONG_TERM_INTEGRATION: Wording("your life in Sweden", "ditt liv i Sverige"),
    Purpose.LABOUR_INSPECTION: Wording("the inspection of a workplace", "inspektionen av en arbetsplats"),
}
"""The words for each purpose in the victim's report."""
