"""The form of the labels, and how they are looked up.

A form, a list of what can be done or a task takes the words for an event from here. A label of an
event is what a person does, and a label of a field begins with a capital; a label of a value is what can stand in a
sentence, and begins with none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from contracts.event.fact import Fact
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.wording import Wording

Values = Mapping[type[StrEnum], Mapping[str, Wording]]
"""For each closed list, the label of each of its values. The lists are apart, since two lists may share a value."""


@dataclass(frozen=True)
class EventWords:
    """The words of one event.

    Attributes:
        label: what a person does who issues the event, in the infinitive.
        says: what the event does, in one sentence.
        fields: the labels of those fields that need other words in this event than in others.
    """

    label: Wording
    says: Wording
    fields: Mapping[str, Wording] = field(default_factory=dict)


@dataclass(frozen=True)
class Labels:
    """The labels of some events, of their fields by name, and of the values of closed lists."""

    events: Mapping[type[PublishedEvent], EventWords]
    fields: Mapping[str, Wording]
    values: Values

    def with_more(self, more: Labels) -> Self:
        """These labels and more of them. Raises TypeError when both label the same thing."""
        for ours, theirs in ((self.events, more.events), (self.fields, more.fields), (self.values, more.values)):
            if twice := ours.keys() & theirs.keys():
                raise TypeError(f"labelled twice: {', '.join(sorted(map(str, twice)))}")
        return type(self)(
            {**self.events, **more.events}, {**self.fields, **more.fields}, {**self.values, **more.values}
        )

    def event(self, event: type[PublishedEvent]) -> EventWords:
        """The words of an event."""
        return self.events[event]

    def field(self, holder: type[Fact], name: str) -> Wording:
        """The label of a field of an event, or of a fact that an event holds."""
        words = self.events[holder].fields if issubclass(holder, PublishedEvent) else {}
        return words.get(name) or self.fields[name]

    def value(self, value: StrEnum) -> Wording:
        """The label of a value of a closed list."""
        return self.values[type(value)][value]

    def listed(self, values: Iterable[StrEnum]) -> Wording:
        """The labels of several values, separated by commas."""
        words = tuple(map(self.value, values))
        return Wording(", ".join(one.en for one in words), ", ".join(one.sv for one in words))
