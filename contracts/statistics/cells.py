"""The tables of the statistics, the cells of each, and the cell in which a person stands: one in each table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from contracts.view.case_view import CaseView
from contracts.view.parts.statistical_facts import CitizenshipGroup, Sex
from contracts.vocabulary.agencies import ANY_AGENCY, kind_named_by
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Service

SEVERAL: Final = "several"
"""The cell for victims of more than one form of exploitation, so that each victim is counted once."""

UNKNOWN: Final = "unknown"

FORMS: Final = (*ExploitationForm, SEVERAL, UNKNOWN)

LACKED: Final = (*Service, SEVERAL)
"""The rows of the tables of services that persons lack."""


class Table(StrEnum):
    """The tables of the statistics, each by what it counts."""

    MONTH = "month"
    CHAPTER = "chapter"
    FORM = "form"
    REGION = "region"
    UNMET_SERVICE = "unmet-service"
    UNMET_REGION = "unmet-region"
    LATE_SERVICE = "late-service"
    LATE_REGION = "late-region"
    ORGANISATION = "organisation"
    SEX = "sex"
    AGE = "age"
    CITIZENSHIP = "citizenship"
    UNTIL_SUPPORT = "until-support"
    UNTIL_ACCEPTANCE = "until-acceptance"
    UNTIL_IDENTIFICATION = "until-identification"


class Wait(StrEnum):
    """The days from the detection until something happened. `NOT_YET`: it had not happened by the end of the period."""

    SAME_DAY = "same-day"
    THREE_DAYS = "1-to-3-days"
    WEEK = "4-to-7-days"
    MONTH = "8-to-30-days"
    QUARTER = "31-to-90-days"
    LONGER = "over-90-days"
    NOT_YET = "not-yet"


PERSONAL: Final[Mapping[Table, tuple[str, ...]]] = {
    Table.ORGANISATION: (*sorted(ANY_AGENCY), UNKNOWN),
    Table.SEX: tuple(Sex),
    Table.AGE: tuple(AgeBand),
    Table.CITIZENSHIP: tuple(CitizenshipGroup),
    Table.FORM: FORMS,
}
"""The tables over all readable persons whose cell for a person does not depend on the period, each with its cells."""

WAITS: Final = (Table.UNTIL_SUPPORT, Table.UNTIL_ACCEPTANCE, Table.UNTIL_IDENTIFICATION)
"""The tables of the time to help; the cells of each are the values of `Wait`."""

MADE: Final = tuple(wait for wait in Wait if wait is not Wait.NOT_YET)
"""The waits that are over."""


def exploitation_form(view: CaseView) -> str:
    """The row of the table of forms in which the case is counted."""
    if not view.exploitation_forms:
        return UNKNOWN
    return SEVERAL if len(view.exploitation_forms) > 1 else view.exploitation_forms[0]


def personal_cells(view: CaseView) -> Mapping[Table, str]:
    """The cell of each table of `PERSONAL` in which the person of a case stands."""
    facts = view.statistical_facts
    return {
        Table.ORGANISATION: (view.opened_by and kind_named_by(view.opened_by)) or UNKNOWN,
        Table.SEX: Sex.UNKNOWN if facts is None else facts.sex,
        Table.AGE: view.age_band,
        Table.CITIZENSHIP: CitizenshipGroup.UNKNOWN if facts is None else facts.citizenship,
        Table.FORM: exploitation_form(view),
    }
