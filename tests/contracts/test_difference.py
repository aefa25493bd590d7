"""The difference between two views: applied to the first, it gives the second; of one view with itself, it is empty."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from harness.examples import examples
from hypothesis import given as tried_with
from hypothesis import strategies as st

from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.given_when_then import Issued, given
from contracts.view.difference import applied, as_json, difference
from contracts.vocabulary.parts import Part

CASES = {"canonical": CANONICAL_CASE, **OTHER_CASES}
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(("", "a")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", CASES)
def test_a_difference_leads_from_one_view_to_the_other(name: str) -> None:
    """From each version to the next, over the whole case, and back."""
    events: tuple[Issued, ...] = CASES[name]
    views = [as_json(given(*events[:each]).case, *Part) for each in range(len(events) + 1)]
    pairs = [*pairwise(views), (views[0], views[-1]), (views[-1], views[0])]
    for before, after in pairs:
        assert applied(before, difference(before, after)) == after
    assert difference(views[-1], views[-1]) == ()
    assert ("version",) in {change.path for change in difference(views[0], views[-1])}


@tried_with(st.dictionaries(st.sampled_from("abc"), VALUES), st.dictionaries(st.sampled_from("abc"), VALUES))
@examples(100)
def test_it_does_so_for_any_values(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Lists that grow and shrink, fields that come and go; neither of the two is changed by it."""
    held = str(before), str(after)
    found = applied(before, difference(before, after))
    assert found == after and str(found) == str({name: found[name] for name in found})
    assert (str(before), str(after)) == held


def test_what_is_true_differs_from_one() -> None:
    """In JSON they are two values."""
    assert [change.after for change in difference({"a": 1}, {"a": True})] == [True]
