"""The response models of the statistics."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.statistics import tables
from contracts.statistics.tables import FEWEST
from gateway.http.response_models import ResponseModel


class Cell(ResponseModel):
    """How many there are of a kind. Null: hidden, because it is small or would give a small one away."""

    name: str
    count: Annotated[int | None, Field(ge=FEWEST)]


class Counts(ResponseModel):
    """Tables over the same persons, each counted once. By form and region only where the cases can be read."""

    total: Annotated[int | None, Field(ge=FEWEST)]
    by_month: tuple[Cell, ...]
    by_chapter: tuple[Cell, ...]
    by_form: tuple[Cell, ...] | None
    by_region: tuple[Cell, ...] | None


class Statistics(ResponseModel):
    """Presumed victims whose cases were opened from the first month to the last; no number below `fewest`.

    `readable`: of the cases that the coordinator takes part in. `others`: of those of which it sees envelopes alone.
    """

    first_month: str
    last_month: str
    fewest: int
    readable: Counts
    others: Counts

    @classmethod
    def of(cls, found: tables.PeriodStatistics) -> Statistics:
        """The numbers as they may be shown."""
        return cls(
            first_month=found.first_month,
            last_month=found.last_month,
            fewest=FEWEST,
            readable=Counts.model_validate(found.readable),
            others=Counts.model_validate(found.others),
        )
