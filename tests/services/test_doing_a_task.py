"""A task names the events of which one does it: the agency reacts to each, and issues one of them when it is done."""

from __future__ import annotations

import pytest
from harness.reacting import reactions_of

from contracts.testing.canonical_cases import CANONICAL_CASE
from services import mandate_of

AGENCIES = sorted({step.by.agency for step in CANONICAL_CASE})


@pytest.mark.parametrize("agency", AGENCIES)
async def test_an_agencys_own_event_does_a_task_only_if_the_task_names_it(agency: str) -> None:
    """As the canonical case goes; a task that names none is done by people, or by what others do."""
    reactions = mandate_of(agency).reactions
    for place in (n for n, step in enumerate(CANONICAL_CASE) if step.by.agency == agency):
        before, after = [await reactions_of(agency, *CANONICAL_CASE[:end]) for end in (place, place + 1)]
        for key, task in after.asked.items():
            assert all(event in reactions for event in task.to_issue), f"nothing here closes {key[0]}"
            if key in before.asked and key in after.finished - before.finished and task.to_issue:
                assert type(CANONICAL_CASE[place].event) in task.to_issue, key[0]


async def test_the_canonical_case_does_tasks_so() -> None:
    """At some agency an event that a task names closes it."""
    done = set()
    for agency in AGENCIES:
        context = await reactions_of(agency, *CANONICAL_CASE)
        done |= {
            what for (what, about), task in context.asked.items() if task.to_issue and (what, about) in context.finished
        }
    assert {"answer the offer", "countersign the return", "decide the return", "decide"} <= done
