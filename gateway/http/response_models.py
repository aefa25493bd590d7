"""The base of every response model, and lists of them."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ResponseModel(BaseModel):
    """The base of the response models. The OpenAPI document is made from these models."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    def response(self, status: int = 200, **headers: str) -> Response:
        """The model as a JSON response; a header named `Cache_Control` is sent as `Cache-Control`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(self.model_dump_json().encode(), status, named, "application/json")


class Text(ResponseModel):
    """The same text in English and in Swedish."""

    en: str
    sv: str


class Setback(ResponseModel):
    """Why an event's content had no effect."""

    reason: str
    detail: str


Item = TypeVar("Item", bound=ResponseModel)


class Page(ResponseModel, Generic[Item]):
    """One page of a list: its items, the number of items in the whole list, and the number of this page.

    `complete`: false while the service rebuilds its lists after an upgrade; items can be missing during that time.
    `next`: the `cursor` of the part that follows; null when there is none. `page`: 1 in a part that a cursor asks for.
    """

    items: tuple[Item, ...]
    total: int
    limit: int
    page: int
    complete: bool = True
    next: str | None = None


class Listing(ResponseModel, Generic[Item]):
    """A whole list."""

    items: tuple[Item, ...]
