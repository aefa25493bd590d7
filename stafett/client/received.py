"""The base of what services answer, and the answers whose form the OpenAPI document does not say all of.

They are read tolerantly: members, codes and types of a later release are no error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from contracts.errors import InvalidEventError
from contracts.privacy.record_forms import PersonalRecord, read_record
from contracts.vocabulary.choices import DataClass
from stafett.feed import Entry, Stated


class Received(BaseModel):
    """The base of what a service answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    _etag: str | None = PrivateAttr(default=None)

    @property
    def etag(self) -> str | None:
        """The entity tag that came with it, for `if_match` in the next call; None when there was none."""
        return self._etag

    def tagged(self, etag: str | None) -> Self:
        """The same, with the entity tag that came with it."""
        self._etag = etag if etag is not None and len(etag) <= 257 else None
        return self


Item = TypeVar("Item")


class Page(Received, Generic[Item]):
    """A part of a list. `total`: how many the list has. `next`: the `cursor` of the part that follows, or None.

    `complete`: False while the service rebuilds its lists; items can be missing then.
    """

    items: tuple[Item, ...]
    total: int
    limit: int
    page: int
    complete: bool = True
    next: str | None = None


class Listing(Received, Generic[Item]):
    """A whole list."""

    items: tuple[Item, ...]


class HistoricEvent(Received, Stated):
    """An event of a case as the agency reads it now. `event` has it typed.

    `set_aside`: why it had no effect. `withheld`: the part of the case in which it has details that are not read.
    """

    event_id: str
    agency: str
    version: int
    occurred_at: datetime | None
    recorded_at: datetime
    recorded_late_by: int | None
    ruleset: str
    hash: str
    previous: str
    correlation_id: str
    causation_id: str


class History(Received):
    """A part of a case's history. `next`: the `after` of the part that follows, or None."""

    items: tuple[HistoricEvent, ...]
    total: int
    limit: int
    after: int
    next: int | None


class NeedsAttention(Received):
    """An event of this agency that the rules refused when it could be sent. `reason`: the rule's id."""

    event_id: str
    case_id: str
    type: str
    recorded_at: datetime
    reason: str | None
    data: dict[str, Any] | None


class FeedPage(Received):
    """A part of the feed. `next`: the position after it. `more`: True if the next part has entries already."""

    items: tuple[Entry, ...]
    next: str = Field(pattern="^[!-~]{0,100}$")
    more: bool


class ShownRecord(Received):
    """A record of personal details. `record` has it in the form of its class; `str` and `repr` show nothing of it.

    `content`: as it was answered; None where it cannot be shown, and `why` says why not: `no-key`, `absent`, `altered`
    or `unreadable`.
    """

    record_id: str
    data_class: str
    recorded_by: str
    recorded_at: datetime
    content: Mapping[str, Any] | None = Field(repr=False)
    why: str | None

    @property
    def record(self) -> PersonalRecord | None:
        """The record; None when it cannot be shown, or has a form of a later release."""
        if self.content is None or self.data_class not in set(DataClass):
            return None
        try:
            return read_record(DataClass(self.data_class), json.dumps(dict(self.content)).encode())
        except InvalidEventError:
            return None
