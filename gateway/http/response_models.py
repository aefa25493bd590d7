"""The base of every response model, and lists of them."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ResponseModel(BaseModel):
    """Base of the response models. The OpenAPI document shows these very models."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    def response(self, status: int = 200, **headers: str) -> Response:
        """The model as a JSON response; a header named `Cache_Control` is sent as `Cache-Control`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(self.model_dump_json().encode(), status, named, "application/json")


class Text(ResponseModel):
    """The same in English and Swedish."""

    en: str
    sv: str


Item = TypeVar("Item", bound=ResponseModel)


class Page(ResponseModel, Generic[Item]):
    """Part of a list: its items, how many there are in all, and which part this is.

    `complete`: false while the service rebuilds its lists after an upgrade; until then something can be missing.
    """

    items: tuple[Item, ...]
    total: int
    limit: int
    page: int
    complete: bool = True


class Listing(ResponseModel, Generic[Item]):
    """A whole list."""

    items: tuple[Item, ...]
