"""Nothing is forgotten: the session, the broker or the process is cut at every await between an event and its effects.

`make test` cuts each kind of obligation twice, `make test-faults` everywhere. Both end with the same state as uncut.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from harness.cutting import Cut, CutBus, Means, cuts_of
from harness.obligations import AGENCIES, COORDINATOR, OBLIGATIONS, Obligation, reacting_coordinator

_RECORDINGS = 2
_GIVE_UP_AFTER = int(os.environ.get("STAFETT_CUT_FAILURES", "5"))
_NAMES = [f"{each.name}, {each.agency}" for each in OBLIGATIONS]
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of what is buried


def a_bus(folder: Path) -> CutBus:
    """Four agencies, of which the coordinator keeps time and reacts."""
    mandates = {COORDINATOR: reacting_coordinator()}
    return CutBus(folder, *AGENCIES, mandates=mandates, keeping_time=COORDINATOR)


async def every_cut(obligation: Obligation, folder: Path, *means: Means) -> list[Cut]:
    """All that can be cut while an obligation is met: the awaits of some runs that nobody cuts."""
    async with a_bus(folder) as bus:
        places: dict[Any, None] = {}
        for _ in range(_RECORDINGS):
            subject = await obligation.prepare(bus)
            places |= dict.fromkeys(await bus.recorded(obligation.agency, obligation.run(subject)))
    return cuts_of([place for place in places if place.time == 1], *means)


async def failures(obligation: Obligation, cuts: Sequence[Cut], folder: Path) -> tuple[list[str], int]:
    """What came out otherwise, one line for each; and how many of the cuts were made, for not every run is alike."""
    failed: list[str] = []
    made, left = 0, list(cuts)
    for number in range(len(cuts)):
        if not left or len(failed) >= _GIVE_UP_AFTER:
            break
        async with a_bus(folder / str(number)) as bus:  # another one after each failure
            while left:
                cut = left.pop(0)
                subject = await obligation.prepare(bus)
                try:
                    made += await bus.cut_at(obligation.agency, cut, obligation.run(subject))
                except Exception as error:
                    failed.append(f"{cut}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
                    break
    return failed, made


@pytest.mark.sample
@pytest.mark.parametrize("obligation", OBLIGATIONS, ids=_NAMES)
async def test_a_sample_of_cuts_changes_nothing(obligation: Obligation, tmp_path: Path) -> None:
    """One session and one process, at two places in the middle."""
    cuts = await every_cut(obligation, tmp_path / "uncut", Means.SESSION, Means.PROCESS)
    sample = [cuts[len(cuts) // 3], cuts[2 * len(cuts) // 3]]
    failed, _ = await failures(obligation, sample, tmp_path)
    assert failed == [], "\n".join(failed)


@pytest.mark.parametrize("means", list(Means))
@pytest.mark.parametrize("obligation", OBLIGATIONS, ids=_NAMES)
async def test_no_cut_changes_anything(
    obligation: Obligation, means: Means, tmp_path: Path, record_property: Any
) -> None:
    """Everywhere."""
    since = monotonic()
    cuts = await every_cut(obligation, tmp_path / "uncut", means)
    failed, made = await failures(obligation, cuts, tmp_path)
    record_property("cuts", len(cuts))
    record_property("made", made)
    record_property("seconds", round(monotonic() - since))
    assert failed == [], "\n".join(failed)
    assert made >= len(cuts) / 2, f"only {made} of {len(cuts)} places were reached again"
