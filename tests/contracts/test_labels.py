"""Labels: every event, field and value has plain words in English and Swedish, and no words are left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, get_args

import pytest

from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS, CaseEvent, Chapter
from contracts.event.fact import Fact
from contracts.event.published_event import PublishedEvent
from contracts.labels.shared import SHARED
from contracts.labels.words import EventWords, Labels
from contracts.sweden.labels.swedish import LABELS
from contracts.view.parts.identification import Identification
from contracts.vocabulary.agencies import AgencyKind, Role
from contracts.vocabulary.choices import Ending, Purpose
from contracts.vocabulary.wording import Wording

ALIKE = frozenset({"Plan", "Risk"})
"""The words that are the same in English and Swedish."""


def inside(annotation: Any) -> Iterator[type]:
    """The facts and closed lists that values of this type hold, at any depth."""
    if isinstance(annotation, StrEnum):
        yield type(annotation)
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield annotation
    elif isinstance(annotation, type) and issubclass(annotation, Fact):
        yield annotation
        for field in annotation.model_fields.values():
            yield from inside(field.annotation)
    for one in get_args(annotation):
        yield from inside(one)


ALL: tuple[type[PublishedEvent], ...] = (*EVENTS.values(), *DIRECTORY_EVENTS.values())
HELD = {event: set(inside(event)) for event in ALL}
"""For each event, itself and all that its fields hold."""

HOLDERS = sorted({one for held in HELD.values() for one in held if issubclass(one, Fact)}, key=lambda one: one.__name__)
BESIDES = {Chapter, Role, AgencyKind, Identification}
LISTS = {one for held in HELD.values() for one in held if issubclass(one, StrEnum)} | BESIDES


def every_label(labels: Labels) -> Iterator[Wording]:
    """All the words."""
    for words in labels.events.values():
        yield from (words.label, words.says, *words.fields.values())
    yield from labels.fields.values()
    for values in labels.values.values():
        yield from values.values()


def test_every_event_and_no_other_has_words() -> None:
    """An event without words, and words of an event that is gone, are found."""
    assert set(LABELS.events) == set(ALL)


def test_no_two_events_have_one_label() -> None:
    """A caseworker can tell any two events apart by their labels, in either language."""
    for language in ("en", "sv"):
        found = Counter(getattr(words.label, language).lower() for words in LABELS.events.values())
        assert [label for label, times in found.items() if times > 1] == []


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda one: one.__name__)
def test_every_field_has_a_label(holder: type[Fact]) -> None:
    """Each field of an event, and of a fact that an event holds, has a label of its own among its fields."""
    labels = [LABELS.field(holder, name) for name in holder.model_fields]
    assert len(set(labels)) == len(labels)


def test_no_label_of_a_field_is_left_over() -> None:
    """A label of a field belongs to a field of some event that has no other words for it."""
    for event, words in LABELS.events.items():
        assert words.fields.keys() <= event.model_fields.keys(), event
    own: Mapping[type, EventWords] = dict(LABELS.events)
    nothing = EventWords(Wording("", ""), Wording("", ""))
    used = {name for one in HOLDERS for name in one.model_fields if name not in own.get(one, nothing).fields}
    assert set(LABELS.fields) == used


def test_every_value_of_every_closed_list_has_a_label_and_none_is_left_over() -> None:
    """Of each list that events hold or statistics count by, every value is labelled, each apart."""
    assert set(LABELS.values) == LISTS
    for each in LISTS:
        assert list(LABELS.values[each]) == list(each), each
        assert len({words.sv for words in LABELS.values[each].values()}) == len(each), each
        assert len({words.en for words in LABELS.values[each].values()}) == len(each), each


def test_swedish_is_not_english() -> None:
    """No label was left untranslated, and none is empty or ends in a blank."""
    assert {words.en for words in every_label(LABELS) if words.en == words.sv} == ALIKE
    for words in every_label(LABELS):
        for text in (words.en, words.sv):
            assert text == text.strip() != ""


def test_labels_keep_their_form() -> None:
    """Labels of events and fields begin with a capital and end without a full stop; sentences have both."""
    for words in LABELS.events.values():
        for text in (words.says.en, words.says.sv):
            assert text[0].isupper() and text.endswith(".")
    labels = [words.label for words in LABELS.events.values()]
    for label in (
        *labels,
        *LABELS.fields.values(),
        *(one for each in LABELS.events.values() for one in each.fields.values()),
    ):
        for text in (label.en, label.sv):
            assert text[0].isupper() and not text.endswith(".")


def test_what_only_sweden_has_is_apart() -> None:
    """The shared labels are of shared events and lists, Sweden's of Sweden's."""
    for labelled in (*SHARED.events, *SHARED.values):
        assert not labelled.__module__.startswith("contracts.sweden"), labelled
    for labelled in (LABELS.events.keys() - SHARED.events.keys()) | (LABELS.values.keys() - SHARED.values.keys()):
        assert labelled.__module__.startswith("contracts.sweden"), labelled


def test_an_events_own_words_come_before_the_common_ones() -> None:
    """The same name says something else in another event."""
    asked, given = EVENTS["CaseReferred"], EVENTS["ReferralAccepted"]
    assert LABELS.field(asked, "services").sv == "Insatser som efterfrågas"
    assert LABELS.field(given, "services").sv == "Insatser som ni kommer att ge"
    assert LABELS.field(EVENTS["AdviceGiven"], "occurred_at") == LABELS.fields["occurred_at"]


def test_values_are_looked_up_by_their_own_list() -> None:
    """Two lists may share a value and label it differently."""
    assert LABELS.value(Purpose.LEGAL_STATUS) == Wording("legal status", "rättslig status")
    assert LABELS.value(Ending.REVOKED).sv == "återkallat"
    assert LABELS.listed([Purpose.SUPPORT, Purpose.INVESTIGATION]) == Wording(
        "support, the investigation", "stöd, utredningen"
    )


def test_nothing_is_labelled_twice() -> None:
    """A country that labels again what is shared is told so."""
    with pytest.raises(TypeError, match="advice"):
        SHARED.with_more(Labels({}, {"advice": Wording("x", "y")}, {}))


def test_an_event_that_nobody_labelled_is_noticed() -> None:
    """The completeness of the labels is measured on the events themselves."""

    class Unlabelled(CaseEvent, chapter=Chapter.CLOSURE, issuers=frozenset(), among={}):
        """No words."""

    with pytest.raises(KeyError):
        LABELS.event(Unlabelled)
