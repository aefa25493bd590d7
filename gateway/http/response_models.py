"""What every answer has in common, and lists."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Answer(BaseModel):
    """Base of the answers."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    def response(self, status: int = 200, **headers: str) -> Response:
        """The answer as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(self.model_dump_json().encode(), status, named, "application/json")


class Text(Answer):
    """The same in English and Swedish."""

    en: str
    sv: str


Item = TypeVar("Item", bound=Answer)


class Page(Answer, Generic[Item]):
    """Part of a list: its items, how many there are in all, and which part this is.

    `complete`: false while the service rebuilds its lists after an upgrade; until then something can be missing.
    """

    items: tuple[Item, ...]
    total: int
    limit: int
    page: int
    complete: bool = True


class Listing(Answer, Generic[Item]):
    """A whole list."""

    items: tuple[Item, ...]
