"""The log is dense: a missing sequence is a new loss, unless that loss is already known."""

from __future__ import annotations

import pytest

from bus.replica.losses import Losses
from bus.store import Store


@pytest.fixture
async def losses(store: Store) -> Losses:
    """Known losses: 5, 8 to 10, 11 to 12; of the last nobody has given yet what stood there."""
    known = Losses(store)
    await known.replace([(8, 10, True), (5, 5, True), (11, 12, False)])
    return known


async def test_a_sequence_follows_over_known_losses_alone(losses: Losses) -> None:
    """Not over one that is missing and not known, wherever it lies; nor backwards."""
    follows = {(0, 1), (4, 5), (4, 6), (5, 6), (7, 8), (7, 11), (7, 13), (8, 13), (9, 10), (9, 13), (12, 13)}
    fails = {(0, 2), (3, 5), (3, 6), (4, 7), (6, 13), (7, 14), (6, 9), (12, 14), (13, 13), (13, 12), (10, 9)}
    assert {pair for pair in follows | fails if losses.follows(*pair)} == follows


async def test_what_is_known_to_be_lost_is_counted(losses: Losses) -> None:
    """Between any two sequences, both included."""
    assert losses.count(1, 100) == 6
    assert losses.count(9, 11) == 3
    assert (losses.count(5, 5), losses.count(6, 7), losses.count(12, 12), losses.count(13, 99)) == (1, 0, 1, 0)


async def test_nothing_is_known_at_first(store: Store) -> None:
    """Then only the next sequence follows."""
    known = Losses(store)
    await known.start()
    assert not known and known.count(1, 9) == 0
    assert known.follows(0, 1) and not known.follows(0, 2)


async def test_known_losses_outlast_a_restart(losses: Losses, store: Store) -> None:
    """And those known anew replace them."""
    again = Losses(store)
    await again.start()
    assert again and again.follows(7, 13) and again.unfilled == [(11, 12)]
    await again.replace([(3, 3, True)])
    assert (again.count(1, 100), again.unfilled) == (1, [])
    assert again.follows(2, 4) and not again.follows(7, 13)
