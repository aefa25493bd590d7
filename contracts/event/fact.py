"""The base of every value in a case: frozen and strict; and the texts and ids that such values hold."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Final, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from contracts.event.pii_guard import without_personal_details

_GUARD: Final = AfterValidator(without_personal_details)

Text = Annotated[str, Field(min_length=1, max_length=2000), _GUARD]
"""De-identified free text: 1 to 2,000 characters, and nothing in it that looks like personal details."""

EventId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""The id of an earlier event of the same case: a UUID in its canonical form."""

CaseId = EventId
"""The random token of a case: a UUID in its canonical form."""

Example = dict[str, JsonValue]
"""An event's canonical example, as JSON."""


class Fact(BaseModel):
    """A frozen, strict value: unknown fields and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def free_texts(fact: Fact, under: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each free text in the fact and in the facts that it holds, with its path; `under`: the path of the fact."""
    texts = _texts_of(type(fact))
    for name in type(fact).model_fields:
        value, path = getattr(fact, name), (*under, name)
        if isinstance(value, Fact):
            yield from free_texts(value, path)
        elif isinstance(value, tuple):
            for number, one in enumerate(value):
                if isinstance(one, Fact):
                    yield from free_texts(one, (*path, number))
        elif name in texts and value is not None:
            yield path, value


@cache
def _texts_of(kind: type[Fact]) -> frozenset[str]:
    """The names of the fields that are `Text`, or `Text` or nothing."""
    return frozenset(
        name
        for name, info in kind.model_fields.items()
        if _GUARD in info.metadata
        or any(_GUARD in getattr(choice, "__metadata__", ()) for choice in get_args(info.annotation))
    )
