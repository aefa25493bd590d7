"""The answer of a replay, as JSON: the case at a moment, step by step, and what an agency could read of it then."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from contracts.event.fact import Fact
from contracts.privacy.past_reading import ReadPart
from contracts.view.difference import FieldChange
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part


class BothTexts(Fact):
    """The same text in English and in Swedish."""

    en: str
    sv: str


class ReplayStop(Fact):
    """The moment of a replay. `version`: that of the case. `moment`: the point in time that was asked for, or null.

    `by`: how the version was found: it was asked for, or it follows from when the events were recorded, or from when
    this agency received them. `unknown`: true if for some of these events it is not known when they were received, so
    that the time of their recording stands for it.
    """

    version: int
    moment: datetime | None
    by: Literal["version", "recorded", "received"]
    unknown: bool


class Mismatch(Fact):
    """A section of an event that the recorded keys open otherwise than the rules say.

    `lawful`: whether the rules let the agency open it. `recorded`: whether the recorded keys do. `code`: `no-key`: the
    key had not come (or is destroyed); `old-key`: it is sealed under a key that a former reader has; `granted`: this
    agency granted the key to one that might not have it.
    """

    version: int
    part: Part
    lawful: bool
    recorded: bool
    code: Literal["no-key", "old-key", "granted"]
    text: BothTexts


class AsAgency(Fact):
    """The reading of an agency at the stop: all that it could read then, and why.

    `takes_part`: whether it was in the case (null: this store cannot tell). `parts`: each part, on what ground, and
    which events that opens. `erased`: whether it had destroyed its keys. `here`: whether it is the agency of this
    store, whose own keys were compared; of another one, the epochs and this agency's grants were. `not_shown`: the
    parts that it read and this store does not open. `mismatches`: where the recorded keys differ from the rules.
    """

    agency: AgencyId
    takes_part: bool | None
    erased: bool
    here: bool
    parts: tuple[ReadPart, ...]
    not_shown: tuple[Part, ...]
    mismatches: tuple[Mismatch, ...]


class OtherVerdict(Fact):
    """The verdict of a ruleset on an event, on the case as it was. `rule`: the id of the rule that objects, or null.

    `missing`: what the event lacks by it. `core_only`: true if only the rules of the core could judge. `differs`: true
    if it is another verdict than that of its day; null when nobody could judge the event here.
    """

    ruleset: str
    judged: bool
    rule: str | None = None
    rule_text: BothTexts | None = None
    missing: BothTexts | None = None
    core_only: bool = False
    differs: bool | None = None


class ReplayStep(Fact):
    """An event of the case, as the replay comes to it.

    `received_at`: when this agency received it; `opened_at`: when it could open it; `details_opened_at`: when it could
    open its details. Each is null when it is not known, or has not come about. `opens`, `opens_details`: whether the
    agency of the replay may open the core, or the details (null: there are none). `data`: as it is read today.
    `written`: as it was written, where that is not the same. `ruleset`: the one that judged it. `set_aside`: why it has
    no effect; null when it has. `changes`: what it changed in the view.
    """

    version: int
    event_id: str
    type: str
    title: BothTexts | None
    agency: AgencyId
    recorded_at: datetime
    received_at: datetime | None
    opened_at: datetime | None
    details_opened_at: datetime | None
    opens: bool
    opens_details: bool | None
    part: Part
    ruleset: str
    set_aside: str | None
    type_read: str | None
    data: dict[str, JsonValue] | None
    written: dict[str, JsonValue] | None
    changes: tuple[FieldChange, ...]
    otherwise: OtherVerdict | None


class ClosedPart(Fact):
    """A part that this store cannot follow. `from_version`: the first event that it cannot open (null: unknown)."""

    part: Part
    from_version: int | None


class Replay(Fact):
    """A case replayed from one agency's store.

    `format`: the schema of this answer. `agency`: the agency of the store. `newest`: the version of the case there now.
    `cannot_open`: the parts that this store cannot follow up to the stop; without its core, there is no view and no
    digest. `view`: the case as the agency of the replay could read it, as far as this store opens it; null when it had
    no part in it. `digest`: of the core. `reading`: what that agency could read. `steps`: at most as many as were asked
    for; `next`: the version after which to go on, or null.
    """

    format: Literal["stafett.replay.v1"] = "stafett.replay.v1"
    case_id: str
    agency: AgencyId
    newest: int
    at: ReplayStop
    cannot_open: tuple[ClosedPart, ...]
    digest: str | None
    view: dict[str, JsonValue] | None
    reading: AsAgency
    steps: tuple[ReplayStep, ...]
    next: Annotated[int | None, Field(description="The version after which the following steps begin.")] = None


class CaseDifference(Fact):
    """The difference between two moments of a case, as one agency could read it at each of them.

    `before`, `after`: the two moments. `changes`: the fields of the view that changed. `parts_before`, `parts_after`:
    the parts that the agency read and this store opens: a field can also appear because a part came. `cannot_open`:
    as in a replay.
    """

    format: Literal["stafett.difference.v1"] = "stafett.difference.v1"
    case_id: str
    agency: AgencyId
    as_agency: AgencyId
    before: ReplayStop
    after: ReplayStop
    parts_before: tuple[Part, ...]
    parts_after: tuple[Part, ...]
    cannot_open: tuple[ClosedPart, ...]
    changes: tuple[FieldChange, ...]
