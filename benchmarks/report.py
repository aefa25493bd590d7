"""The table that a run prints, and the same figures as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measured figure. `ratio`: to the row that `of` names. `aim`: the aim for the ratio or the figure."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    of: str = ""
    aim: str = ""


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` percent of the values do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def table(rows: Iterable[Row]) -> str:
    """The rows as aligned text."""
    cells = [("", "measured", "ratio", "aim")]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} × {row.of}"
        cells.append((row.name, f"{_number(row.value)} {row.unit}", ratio, row.aim))
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    lines = [
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {ratio:<{widths[2]}}  {aim}".rstrip()
        for name, value, ratio, aim in cells
    ]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def as_json(rows: Iterable[Row], conditions: Mapping[str, Any]) -> str:
    """The rows, and the conditions under which they were measured."""
    return json.dumps({"conditions": dict(conditions), "rows": [asdict(row) for row in rows]}, indent=2)


def machine() -> dict[str, Any]:
    """The machine on which the figures were measured."""
    return {"python": platform.python_version(), "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}
