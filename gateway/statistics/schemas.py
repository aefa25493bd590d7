"""The response models of the statistics."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.statistics import tables
from contracts.statistics.tables import FEWEST
from contracts.sweden import data_standard
from gateway.http.response_models import ResponseModel


class Cell(ResponseModel):
    """One cell of a table. Null: hidden, because the number is small or would reveal a small one."""

    name: str
    count: Annotated[int | None, Field(ge=FEWEST)]


class Counts(ResponseModel):
    """Tables over the same persons, each counted once. Only readable cases are counted by form and by region."""

    total: Annotated[int | None, Field(ge=FEWEST)]
    by_month: tuple[Cell, ...]
    by_chapter: tuple[Cell, ...]
    by_form: tuple[Cell, ...] | None
    by_region: tuple[Cell, ...] | None


class Lacking(ResponseModel):
    """Tables over the persons who lack some service, each in one cell of each; `several`: who lacks more than one."""

    total: Annotated[int | None, Field(ge=FEWEST)]
    by_service: tuple[Cell, ...]
    by_region: tuple[Cell, ...]


class Waits(ResponseModel):
    """The persons whom one kind of help reached, those whom it had not reached, and the days since the detection."""

    reached: Annotated[int | None, Field(ge=FEWEST)]
    not_yet: Annotated[int | None, Field(ge=FEWEST)]
    by_days: tuple[Cell, ...]


class HelpTimes(ResponseModel):
    """The days from the detection to the first support, the first accepted offer, and the formal identification."""

    support: Waits
    acceptance: Waits
    identification: Waits


class Statistics(ResponseModel):
    """The presumed victims whose cases were opened from the first month to the last; no number below `fewest`.

    `readable`: the cases that the coordinator takes part in. `others`: the cases of which it sees only envelopes.
    `unmet`: of the readable, those in which no referral was possible for some service. `late`: of the readable, those
    in which a promised service was not given in fourteen days. `time_to_help`: how long the readable waited.
    """

    first_month: str
    last_month: str
    fewest: int
    readable: Counts
    others: Counts
    unmet: Lacking
    late: Lacking
    time_to_help: HelpTimes

    @classmethod
    def of(cls, found: tables.PeriodStatistics) -> Statistics:
        """The numbers that may be shown."""
        return cls(
            first_month=found.first_month,
            last_month=found.last_month,
            fewest=FEWEST,
            readable=Counts.model_validate(found.readable),
            others=Counts.model_validate(found.others),
            unmet=Lacking.model_validate(found.unmet),
            late=Lacking.model_validate(found.late),
            time_to_help=HelpTimes.model_validate(found.time_to_help),
        )


class VictimNumber(ResponseModel):
    """One number of the report on victims: our table and word, the words of HTCDS and IC-TIP, and the number.

    `exact`: the code says just what our word says. `victims`: null when the number is hidden.
    """

    table: str
    table_en: str
    table_sv: str
    word: str
    word_en: str
    word_sv: str
    ic_tip_unit: data_standard.Unit
    htcds_field: str
    htcds_code: str
    exact: bool
    victims: Annotated[int | None, Field(ge=FEWEST)]


class VictimYear(ResponseModel):
    """The registered victims of a year, presumed and identified, as article 19a of Directive 2011/36/EU asks for them.

    They are the cases of that year that the coordinator takes part in. `total`: null when it is below `fewest`.
    """

    year: int
    standard: str
    fewest: int
    total: Annotated[int | None, Field(ge=FEWEST)]
    rows: tuple[VictimNumber, ...]

    @classmethod
    def of(cls, year: int, found: tables.VictimCounts) -> VictimYear:
        """The report in the words of the standards."""
        rows = tuple(map(VictimNumber.model_validate, data_standard.rows(found)))
        return cls(year=year, standard=data_standard.STANDARD, fewest=FEWEST, total=found.total, rows=rows)


class SealedYearCount(ResponseModel):
    """The cases of a year that this agency opened, counted for the national coordinator: sealed to it, and signed."""

    agency: str
    year: int
    key_id: Annotated[str, Field(description="The id of the agency's signing key.")]
    sealed: Annotated[str, Field(description="The sealed numbers, in base64url; always of the same length.")]
    signature: Annotated[str, Field(description="The agency's signature over all other fields, in base64url.")]
