"""No obligation is lost when the session, the broker or the process ends at any await between an event and its effects.

`make test` cuts each kind of obligation twice, `make test-faults` at every place. Both end in the state of an uncut
run.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from harness.cutting import Cut, CutBus, Means, Place, cuts_of
from harness.obligations import AGENCIES, COORDINATOR, NGO, OBLIGATIONS, Obligation, Subject, reacting_coordinator

log = logging.getLogger(__name__)

_RECORDINGS = 2
_TIMES = int(os.environ.get("STAFETT_CUT_TIMES", "1"))
"""How often the same place is cut: a loop waits at one place for each of its items."""
_ONE_CUT_WITHIN = 120.0
_GIVE_UP_AFTER = int(os.environ.get("STAFETT_CUT_FAILURES", "5"))
_NAMES = [f"{each.name}, {each.agency}" for each in OBLIGATIONS]


def a_bus(folder: Path) -> CutBus:
    """Four agencies, of which the NGO keeps time and the coordinator reacts."""
    mandates = {COORDINATOR: reacting_coordinator()}
    return CutBus(folder, *AGENCIES, mandates=mandates, keeping_time=(NGO,))


async def every_cut(obligation: Obligation, folder: Path, *means: Means) -> list[Cut]:
    """All that can be cut while an obligation is met: the awaits of some runs that nobody cuts."""
    async with a_bus(folder) as bus:
        places: dict[Place, None] = {}
        for _ in range(_RECORDINGS):
            subject = await obligation.prepare(bus)
            places |= dict.fromkeys(await bus.recorded(obligation.agency, obligation.run(subject)))
    return cuts_of([place for place in places if place.time <= _TIMES], *means)


async def failures(obligation: Obligation, cuts: Sequence[Cut], folder: Path) -> tuple[list[str], int]:
    """What came out otherwise, one line for each; and how many of the cuts were made, for not every run is alike."""
    failed: list[str] = []
    made, left = 0, list(cuts)
    while left and len(failed) < _GIVE_UP_AFTER:
        here = folder / str(len(failed))  # another bus after each failure
        try:
            async with a_bus(here) as bus:
                while left:
                    cut = left.pop(0)
                    async with asyncio.timeout(_ONE_CUT_WITHIN):
                        subject = await _prepared(obligation, bus, cut.means)
                        made += await bus.cut_at(obligation.agency, cut, obligation.run(subject))
        except Exception as error:
            why = str(error).splitlines()
            failed.append(f"{cut}: {type(error).__name__}: {why[0] if why else ''}")
            log.error("%s, %s: %s", obligation.name, obligation.agency, failed[-1], exc_info=True)
        await asyncio.to_thread(shutil.rmtree, here, ignore_errors=True)
        gc.collect()  # what is buried ends here, not at a random moment of another test
    return failed, made


async def _prepared(obligation: Obligation, bus: CutBus, means: Means) -> Subject:
    """The case, and where the log is to go back in time the copy of it as it is now, which lacks what comes after."""
    subject = await obligation.prepare(bus)
    if means is Means.LOG:
        await bus.level()
        bus.copy = await bus.back_up()
        await bus.detect(obligation.agency)
        await bus.level()
    return subject


@pytest.mark.long
@pytest.mark.parametrize("obligation", OBLIGATIONS, ids=_NAMES)
async def test_a_sample_of_cuts_changes_nothing(obligation: Obligation, tmp_path: Path) -> None:
    """One session and one process, at two places in the middle."""
    cuts = await every_cut(obligation, tmp_path / "uncut", Means.SESSION, Means.PROCESS)
    sample = [cuts[len(cuts) // 3], cuts[2 * len(cuts) // 3]]
    failed, _ = await failures(obligation, sample, tmp_path)
    assert failed == [], "\n".join(failed)


@pytest.mark.parametrize("means", [Means.SESSION, Means.BROKER, Means.PROCESS])
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
    told = obligation.name, obligation.agency, means, made, len(cuts), monotonic() - since
    log.warning("%s, %s, %s: %d of %d cuts in %d s", *told)
    assert failed == [], "\n".join(failed)
    assert made >= len(cuts) / 2, f"only {made} of {len(cuts)} places were reached again"


@pytest.mark.parametrize(
    "obligation",
    [each for each in OBLIGATIONS if each.name.startswith("write")],
    ids=["write", "write after somebody left"],
)
async def test_a_log_that_goes_back_meanwhile_changes_nothing(obligation: Obligation, tmp_path: Path) -> None:
    """The log is replaced by its copy from before the event while the event is on its way, at each await (B14)."""
    cuts = await every_cut(obligation, tmp_path / "uncut", Means.LOG)
    failed, made = await failures(obligation, cuts, tmp_path)
    log.warning("%s, %s: %d of %d cuts", obligation.name, Means.LOG, made, len(cuts))
    assert failed == [], "\n".join(failed)
