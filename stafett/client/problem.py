"""A problem as a service tells it (RFC 9457). More members than these, of a later release, are passed over."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from contracts.vocabulary.wording import Wording

_TOLERANT = ConfigDict(frozen=True, extra="ignore")


class Misfit(BaseModel):
    """A value of the request that does not fit: where in the body or which query parameter, and how it should be."""

    model_config = _TOLERANT

    detail: str
    code: str
    text: Wording
    pointer: str | None = None
    parameter: str | None = None


class SuspectedPlace(BaseModel):
    """A place in a free text that may hold a name or an address, in characters (Unicode code points) from 0."""

    model_config = _TOLERANT

    pointer: str
    kind: str
    start: int
    end: int


class Problem(BaseModel):
    """All that a service says of what it does not do. It repeats nothing of the request.

    `type`: a URN that names the kind. `text`: for people. `instance`: the operator finds it in the access log. The
    others are there where they say something: a rule's objection, what does not fit, what is suspected, where to begin.
    """

    model_config = _TOLERANT

    type: str
    title: str
    status: int
    detail: str
    instance: str
    text: Wording
    rule: str | None = None
    rule_text: Wording | None = None
    source: str | None = None
    missing: Wording | None = None
    supplied_by: tuple[str, ...] = ()
    errors: tuple[Misfit, ...] = ()
    known: tuple[str, ...] = ()
    suspicions: tuple[SuspectedPlace, ...] = ()
    what_to_do: Wording | None = None
    begin: str | None = None
    submission: str | None = None

    @property
    def kind(self) -> str:
        """The end of `type`, such as `rule-refused`."""
        return self.type.rpartition(":")[2]
