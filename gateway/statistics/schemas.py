"""The response models of the statistics."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.statistics import tables
from contracts.statistics.tables import FEWEST
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


class Statistics(ResponseModel):
    """The presumed victims whose cases were opened from the first month to the last; no number below `fewest`.

    `readable`: the cases that the coordinator takes part in. `others`: the cases of which it sees only envelopes.
    `unmet`: of the readable, those in which no referral was possible for some service. `late`: of the readable, those
    in which a promised service was not given in fourteen days.
    """

    first_month: str
    last_month: str
    fewest: int
    readable: Counts
    others: Counts
    unmet: Lacking
    late: Lacking

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
        )
