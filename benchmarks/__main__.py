"""Measure: `python -m benchmarks [--json] [--quick] [--only PART]`.

The file has over 250 lines because it is the one table of all rows that the benchmarks print.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final, Self

from benchmarks import coming_back, feed, feed_costs, floor, granting, reads, replay, services, webhooks, withdrawal
from benchmarks.processes import median_memory
from benchmarks.report import Row, as_json, machine, percentile, table
from benchmarks.unsealed import Unsealed, keys_granted
from stafett.embedded.bus import FIVE, Embedded


@dataclass(frozen=True)
class Plan:
    """The amount of work of a run. Bare messages, sealed events and unsealed events take turns, so that all meet the
    same load of the machine.

    Attributes:
        rounds: how many times the three take turns.
        steady_events: events of a round at a steady rate.
        per_second: that rate, in events per second.
        sustained_events: events of a round as fast as possible.
        at_once: requests in flight at once.
        cases: open cases.
        replayed_cases: cases in the log that an empty replica reads.
        long_case: events of the case that newcomers get.
        withdrawals: withdrawn consents.
        missed: events that the absent agency misses.
        told_cases: the cases, of ten events each, whose feed a mirror catches up with.
        listed_cases: the numbers of cases in the stores that are read.
        times_asked: how many times each question is asked.
    """

    rounds: int
    steady_events: int
    per_second: float
    sustained_events: int
    at_once: int
    cases: int
    replayed_cases: int
    long_case: int
    withdrawals: int
    missed: int
    told_cases: int
    listed_cases: tuple[int, ...]
    times_asked: int


FULL: Final = Plan(3, 200, 20, 2000, 64, 128, 10_000, 1000, 20, 200, 10_000, (1_000, 10_000, 100_000), 100)
QUICK: Final = Plan(1, 20, 20, 200, 16, 16, 100, 20, 2, 20, 100, (100,), 5)
PARTS: Final = ("flow", "grants", "withdrawal", "absence", "replay", "reads", "feed", "webhooks")


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="a smoke run; its figures mean nothing")
    parser.add_argument("--only", choices=PARTS, help="only this part")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else FULL
    conditions = machine() | vars(plan)
    measures: dict[str, Callable[[Path, Plan], Iterable[Row]]] = {
        "flow": _flow,
        "grants": _grants,
        "withdrawal": _withdrawals,
        "absence": _absences,
        "replay": _replay,
        "reads": _reads,
        "feed": _feed,
        "webhooks": _webhooks,
    }
    rows: list[Row] = []
    folder = Path(tempfile.mkdtemp(prefix="stafett-bench-"))
    try:
        for part in PARTS if options.only is None else (options.only,):
            rows += measures[part](folder / part, plan)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(as_json(rows, conditions) if options.json else f"{table(rows)}\n\n{_explained(plan)}")
    return 0


@dataclass
class _Flow:
    """One bus under load: its doors, its cases, and the results of each round."""

    bus: Embedded
    doors: dict[str, services.Door]
    cases: list[str]
    delays: list[services.Delays] = field(default_factory=list)
    sustained: list[services.Sustained] = field(default_factory=list)

    @classmethod
    def on(cls, bus: Embedded, cases: int) -> Self:
        """Open this many cases, in which all five agencies take part."""
        doors = services.doors_of(bus)
        return cls(bus, doors, services.open_cases(doors, cases))

    def measure_delays(self, plan: Plan) -> None:
        self.delays.append(services.measure_delays(self.doors, self.cases, plan.steady_events, plan.per_second))

    def measure_sustained(self, plan: Plan) -> None:
        self.sustained.append(
            services.measure_sustained(self.bus, self.doors, self.cases, plan.sustained_events, plan.at_once)
        )


def _flow(folder: Path, plan: Plan) -> Iterable[Row]:
    bare: list[floor.Bare] = []
    bare_rates: list[float] = []
    with Embedded(folder / "sealed", FIVE) as bus, Unsealed(folder / "unsealed", FIVE) as open_bus:
        at_rest = median_memory(process.pid for process in bus.services.values())
        address = floor.BrokerAddress.of(bus)
        floor.prepare(address)
        _progress(f"opening {plan.cases} cases twice, sealed and unsealed")
        sealed, unsealed = _Flow.on(bus, plan.cases), _Flow.on(open_bus, plan.cases)
        if keys_granted(address) < plan.cases or keys_granted(floor.BrokerAddress.of(open_bus)):
            raise RuntimeError("what is called sealed is not, or what is called unsealed is")
        for number in range(plan.rounds):
            _progress(f"round {number + 1} of {plan.rounds}")
            bare.append(floor.measure(address, plan.steady_events, cases=20, per_second=plan.per_second))
            in_turn = (sealed, unsealed) if number % 2 == 0 else (unsealed, sealed)
            for flow in in_turn:
                flow.measure_delays(plan)
            bare_rates.append(floor.measure(address, plan.sustained_events, cases=plan.at_once, per_second=None).rate)
            for flow in in_turn:
                flow.measure_sustained(plan)
    return [
        *_delay_rows([d for one in bare for d in one.delays], sealed.delays),
        *_rate_rows(median(bare_rates), sealed.sustained),
        *_confidentiality_rows(sealed, unsealed),
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
    yield Row("POST until five agencies' views show it, the slowest", max(visible) * 1000, "ms")


def _rate_rows(bare: float, measured: list[services.Sustained]) -> Iterable[Row]:
    rate = median(one.rate for one in measured)
    yield Row("bare: acknowledged, followed by five processes", bare, "events/s")
    yield Row("accepted over HTTP, followed by five replicas", rate, "events/s", rate / bare, "bare", "≥ 0.25, ≥ 500/s")
    for part in measured[0].cpu:
        yield Row(f"  processor time per event: {part}", _per_event(measured, part), "µs")


def _per_event(measured: list[services.Sustained], part: str) -> float:
    return median(one.cpu[part] / one.accepted for one in measured) * 1e6


def _confidentiality_rows(sealed: _Flow, unsealed: _Flow) -> Iterable[Row]:
    shown, shown_open = (
        percentile([delay for one in flow.delays for delay in one.visible], 50) * 1000 for flow in (sealed, unsealed)
    )
    yield Row("unsealed: POST until five agencies' views show it, p50", shown_open, "ms")
    yield Row("sealed: the same POSTs", shown, "ms", shown / shown_open, "unsealed", "≤ 1.25")
    pairs = [(one.rate, other.rate) for one, other in zip(sealed.sustained, unsealed.sustained, strict=True)]
    rate, rate_open = (median(rates) for rates in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    yield Row("unsealed: accepted over HTTP, followed by five", rate_open, "events/s")
    yield Row("sealed: the same, round by round", rate, "events/s", ratio, "unsealed", "≥ 0.8")
    used, used_open = _per_event(sealed.sustained, "services"), _per_event(unsealed.sustained, "services")
    yield Row("  processor time per event: services, unsealed", used_open, "µs")
    yield Row("  processor time per event: services, sealed", used, "µs", used / used_open, "unsealed")


def _grants(folder: Path, plan: Plan) -> Iterable[Row]:
    _progress(f"grants of a case of {plan.long_case:,} events")
    with Embedded(folder, FIVE) as bus:
        seconds = granting.measure_grants(services.doors_of(bus), plan.long_case)
    name = f"ReferralAccepted 201 until the newcomer shows {plan.long_case:,} events"
    return [
        Row(f"{name}, p50", median(seconds) * 1000, "ms"),
        Row("  the slowest", max(seconds) * 1000, "ms"),
    ]


def _withdrawals(folder: Path, plan: Plan) -> Iterable[Row]:
    _progress(f"{plan.withdrawals} withdrawals")
    effects = withdrawal.measure(folder, plan.withdrawals)
    refused, destroyed = [one.refused * 1000 for one in effects], [one.destroyed * 1000 for one in effects]
    return [
        Row("withdrawal sent until three agencies are refused, p50", median(refused), "ms"),
        Row("  the slowest", max(refused), "ms", aim="< 1,000 ms"),
        Row("withdrawal sent until their keys are destroyed, p50", median(destroyed), "ms"),
        Row("  the slowest", max(destroyed), "ms", aim="< 1,000 ms"),
    ]


def _absences(folder: Path, plan: Plan) -> Iterable[Row]:
    _progress(f"{plan.missed} events that somebody misses, among those of {plan.cases} cases")
    done = coming_back.measure(folder, plan.cases, plan.missed)
    return [
        Row("a service's start with nothing to take in, until it is ready", done.start, "s"),
        Row(
            f"  that missed {plan.missed} events, until it knows them", done.away, "s", done.away / done.start, "start"
        ),
        Row(
            f"  with an empty store, until it has all {done.events:,}",
            done.empty,
            "s",
            done.empty / done.start,
            "start",
        ),
        Row(f"broker's start with a copy that lacks {plan.missed} events, until all know them", done.restored, "s"),
    ]


def _replay(folder: Path, plan: Plan) -> Iterable[Row]:
    _progress(f"replay of {plan.replayed_cases * replay.EVENTS_PER_CASE:,} events, sealed and unsealed")
    done = replay.measure(folder / "sealed", plan.replayed_cases, sealed=True)
    unsealed = replay.measure(folder / "unsealed", plan.replayed_cases, sealed=False)
    bare = "bare"
    return [
        Row("bare: Ed25519 checks of the same signatures", done.checks_per_second, "checks/s"),
        Row("replay into an empty replica", done.rate, "events/s", done.rate / done.checks_per_second, bare, "≥ 0.6"),
        Row(
            "  per second of processor time", done.per_cpu, "events/s", done.per_cpu / done.checks_per_cpu_second, bare
        ),
        Row("  cores used", done.cpu / done.seconds, ""),
        Row("unsealed: replay into an empty replica", unsealed.rate, "events/s"),
        Row("sealed: the same replay", done.rate, "events/s", done.rate / unsealed.rate, "unsealed", "≥ 0.8"),
        Row("  per second of processor time, unsealed", unsealed.per_cpu, "events/s"),
        Row(
            "  per second of processor time, sealed",
            done.per_cpu,
            "events/s",
            done.per_cpu / unsealed.per_cpu,
            "unsealed",
        ),
        Row("memory of a service without its broker, resident", done.at_rest.rss, "MB"),
        Row("  its own and its share of shared pages", done.at_rest.pss, "MB"),
        Row("memory of a service after the replay, resident", done.afterwards.rss, "MB"),
        Row("  its own and its share of shared pages", done.afterwards.pss, "MB"),
    ]


def _reads(folder: Path, plan: Plan) -> Iterable[Row]:
    for cases in plan.listed_cases:
        _progress(f"reads of {cases:,} cases")
        done = reads.measure(folder / str(cases), cases, plan.times_asked)
        for name in ("cases", "offers", "deadlines", "tasks", "statistics"):
            asked = [one for one in done.questions if one.name.startswith(name)]
            slowest = max(asked, key=lambda one: one.percentile(99))
            middle = median(one.percentile(50) for one in asked)
            yield Row(f"{cases:,} cases: GET /v1/{name}, any page, any filter, p50", middle, "ms")
            yield Row(f"  p99 of the slowest ({slowest.name})", slowest.percentile(99), "ms", aim="< 50 ms")
        yield Row("  the event loop's worst lag meanwhile", done.lag * 1000, "ms", aim="< 50 ms")
        yield Row("  memory of the service at rest, resident", done.at_rest.rss, "MB")
        yield Row("  after all questions", done.afterwards.rss, "MB")
        yield Row("  the store, for each case", done.bytes_each / 1000, "kB")
        yield Row("  written in", done.filled_in, "s")


def _feed(folder: Path, plan: Plan) -> Iterable[Row]:
    _progress("how soon an event is in the client")
    arrived = feed.measure_arrivals(folder / "arrivals", plan.cases, plan.steady_events, plan.per_second)
    for percent in (50, 99):
        answered = percentile(arrived.answered, percent) * 1000
        streamed, private = (percentile(each, percent) * 1000 for each in (arrived.streamed, arrived.private))
        yield Row(f"POST until the answer 201, p{percent}", answered, "ms")
        yield Row(f"POST until the feed's stream has told the client, p{percent}", streamed, "ms")
        yield Row(f"POST until the private subject has told the client, p{percent}", private, "ms")
    _progress(f"a mirror that catches up with {plan.told_cases:,} cases")
    done = feed.measure_catching_up(folder / "catching-up", plan.told_cases)
    yield Row(
        f"a mirror that catches up over HTTP with {done.entries:,} entries",
        done.entries / done.mirrored_in,
        "entries/s",
    )
    yield Row(
        "  the private stream is filled with them, a service's start and all",
        done.entries / done.filled_in,
        "entries/s",
    )
    yield Row("  a follower of the private stream catches up", done.entries / done.followed_in, "entries/s")
    _progress("what the feed costs")
    costs = feed_costs.measure(folder / "costs", plan.rounds, plan.cases, plan.sustained_events, plan.at_once)
    yield Row("accepted over HTTP, followed by five, without the feed", costs.rate("untold"), "events/s")
    yield Row("  with the feed", costs.rate("told"), "events/s", costs.ratio("told", "untold"), "without", "≥ 0.95")
    yield Row("  with private subjects too", costs.rate("private"), "events/s", costs.ratio("private", "told"), "with")
    yield Row("processor time per event: services, without the feed", costs.cpu("untold"), "µs")
    yield Row("  with the feed", costs.cpu("told"), "µs", costs.cpu_ratio("told", "untold"), "without", "≤ 1.05")
    yield Row("  with private subjects too", costs.cpu("private"), "µs", costs.cpu_ratio("private", "told"), "with")


def _webhooks(folder: Path, plan: Plan) -> Iterable[Row]:
    _progress(f"a webhook that catches up with {plan.cases} cases")
    done = webhooks.measure(folder, plan.cases)
    yield Row(f"a webhook catches up with {done.messages:,} entries", done.messages / done.seconds, "webhooks/s")


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _explained(plan: Plan) -> str:
    return f"""\
Over {plan.rounds} rounds in which bare, sealed and unsealed take turns (R1, fsync before each acknowledgement).
Steady: {plan.per_second:g} events/s. Sustained: {plan.at_once} in flight, each about another case, over five services
and {plan.cases} cases in which all five take part. Every signature is real, and every service a process of its own."""


if __name__ == "__main__":
    sys.exit(main())
