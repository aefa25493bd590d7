"""The base of every value in a case: frozen and strict; and the texts and ids that such values hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from contracts.event.pii_guard import without_personal_details

Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(without_personal_details)]
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
