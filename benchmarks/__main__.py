"""Measure: `python -m benchmarks [--json] [--quick] [--only flow|replay]`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import floor, replay, services
from benchmarks.processes import median_memory
from benchmarks.report import Row, as_json, machine, percentile, table
from stafett.embedded import FIVE, Embedded


@dataclass(frozen=True)
class Plan:
    """How much is measured. Rounds of bare messages and of events take turns, so that both meet the same machine."""

    rounds: int
    steady_events: int
    per_second: float
    sustained_events: int
    at_once: int
    cases: int
    replayed_cases: int


FULL: Final = Plan(3, 200, 20, 4000, 64, 256, 10_000)
QUICK: Final = Plan(1, 20, 20, 200, 16, 16, 100)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="a smoke run; its figures mean nothing")
    parser.add_argument("--only", choices=["flow", "replay"], help="only this part")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else FULL
    conditions = machine() | vars(plan)
    rows: list[Row] = []
    folder = Path(tempfile.mkdtemp(prefix="stafett-bench-"))
    try:
        if options.only != "replay":
            rows += _flow(folder / "flow", plan)
        if options.only != "flow":
            rows += _replay(folder / "replay", plan)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(as_json(rows, conditions) if options.json else f"{table(rows)}\n\n{_explained(plan)}")
    return 0


def _flow(folder: Path, plan: Plan) -> Iterable[Row]:
    bare: list[floor.Bare] = []
    bare_rates: list[float] = []
    delays: list[services.Delays] = []
    sustained: list[services.Sustained] = []
    with Embedded(folder, FIVE) as bus:
        at_rest = median_memory(process.pid for process in bus.services.values())
        address = floor.BrokerAddress(bus.broker.url, str(bus.layout.administrator), bus.layout.tls)
        doors = services.doors_of(bus)
        floor.prepare(address)
        cases = services.open_cases(doors, plan.cases)
        for number in range(plan.rounds):
            _progress(f"round {number + 1} of {plan.rounds}")
            bare.append(floor.measure(address, plan.steady_events, cases=20, per_second=plan.per_second))
            delays.append(services.measure_delays(doors, cases, plan.steady_events, plan.per_second))
            bare_rates.append(floor.measure(address, plan.sustained_events, cases=plan.at_once, per_second=None).rate)
            sustained.append(services.measure_sustained(bus, doors, cases, plan.sustained_events, plan.at_once))
    return [
        *_delay_rows([d for one in bare for d in one.delays], delays),
        *_rate_rows(median(bare_rates), sustained),
        Row("memory of a service at rest, resident", at_rest.rss, "MB"),
        Row("  its own and its share of shared pages", at_rest.pss, "MB"),
    ]


def _delay_rows(bare: list[float], measured: list[services.Delays]) -> Iterable[Row]:
    visible = [delay for one in measured for delay in one.visible]
    answered = [delay for one in measured for delay in one.answered]
    for percent, aim in ((50, "≤ 3"), (99, "")):
        base, whole = percentile(bare, percent) * 1000, percentile(visible, percent) * 1000
        name = f"bare p{percent}"
        yield Row(f"bare: publish until five processes have it, p{percent}", base, "ms")
        yield Row(f"POST until five agencies' views show it, p{percent}", whole, "ms", whole / base, name, aim)
        answer = percentile(answered, percent) * 1000
        yield Row(f"POST until the answer 201, p{percent}", answer, "ms", answer / base, name)


def _rate_rows(bare: float, measured: list[services.Sustained]) -> Iterable[Row]:
    rate = median(one.rate for one in measured)
    yield Row("bare: acknowledged, followed by five processes", bare, "events/s")
    yield Row("accepted over HTTP, followed by five replicas", rate, "events/s", rate / bare, "bare", "≥ 0.25, ≥ 500/s")
    for part in measured[0].cpu:
        used = median(one.cpu[part] / one.accepted for one in measured) * 1e6
        yield Row(f"  processor time per event: {part}", used, "µs")


def _replay(folder: Path, plan: Plan) -> Iterable[Row]:
    _progress(f"replay of {plan.replayed_cases * replay.EVENTS_PER_CASE:,} events")
    done = replay.measure(folder, plan.replayed_cases)
    rate, per_cpu = done.events / done.seconds, done.events / done.cpu
    return [
        Row("bare: Ed25519 checks of the same signatures", done.checks_per_second, "checks/s"),
        Row(
            "replay into an empty replica, every check on",
            rate,
            "events/s",
            rate / done.checks_per_second,
            "bare",
            "≥ 0.6",
        ),
        Row("  per second of processor time", per_cpu, "events/s", per_cpu / done.checks_per_cpu_second, "bare"),
        Row("  cores used", done.cpu / done.seconds, ""),
        Row("memory of a service without its broker, resident", done.at_rest.rss, "MB"),
        Row("  its own and its share of shared pages", done.at_rest.pss, "MB"),
        Row("memory of a service after the replay, resident", done.afterwards.rss, "MB"),
        Row("  its own and its share of shared pages", done.afterwards.pss, "MB"),
    ]


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _explained(plan: Plan) -> str:
    return f"""\
Over {plan.rounds} rounds in which bare and real take turns on one broker (R1, fsync before each acknowledgement).
Steady: {plan.per_second:g} events/s. Sustained: {plan.at_once} in flight, each about another case, over five services
and {plan.cases} cases in which all five take part. Every signature is real, and every service a process of its own."""


if __name__ == "__main__":
    sys.exit(main())
