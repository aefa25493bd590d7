"""Pages of a list by a cursor: the place of the last item, so that nothing is told twice or left out while it grows."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

import orjson
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from bus.read_models.lists import ListPage
from bus.store import Place
from gateway.http.misfits import misfit
from gateway.http.problems import invalid_in
from gateway.http.response_models import Page, ResponseModel

Cursor = Annotated[
    str | None,
    Query(
        max_length=400,
        pattern="^[A-Za-z0-9_-]+$",
        description="Only what follows: the `next` of the part before. It takes the place of `page`.",
    ),
]

_LARGEST: Final = 2**53
_LONGEST: Final = 120

Item = TypeVar("Item")
Shown = TypeVar("Shown", bound=ResponseModel)


def place_of(cursor: str | None, *form: type[str] | type[int]) -> Place | None:
    """The place that a cursor stands for; None when there is none. `form`: the types of the list's sorted values.

    Raises a problem when the cursor is none of this list. A cursor that a caller makes up leads to some place of the
    same list, and to nothing that the list does not tell.
    """
    if cursor is None:
        return None
    try:
        place = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        place = None
    fits = isinstance(place, list) and [type(value) for value in place] == list(form)
    if not fits or not all(map(_is_bounded, place)):
        raise invalid_in([misfit("cursor", "This is no cursor of this list.", parameter="cursor")])
    return tuple(place)


def part_of(placed: Iterable[tuple[Place, Item]], place: Place | None, limit: int, page: int) -> ListPage[Item]:
    """The page of a list that is at hand. `placed`: each item with its place, in the order of the places."""
    known = tuple(placed)
    left = known[limit * (page - 1) :] if place is None else [each for each in known if each[0] > place]
    following = left[limit - 1][0] if len(left) > limit else None
    return ListPage([item for _, item in left[:limit]], len(known), True, following)


def numbered(items: Iterable[Item]) -> list[tuple[Place, Item]]:
    """The items of a list that only grows at its end, each with its number as its place."""
    return [((number,), item) for number, item in enumerate(items, 1)]


def paged(
    request: Request, kind: type[Page[Shown]], items: Sequence[Shown], found: ListPage[Any], *, limit: int, page: int
) -> Response:
    """The response with a page. `kind`: its model. Its header `Link` has the address of the next one (RFC 8288)."""
    following = None if found.next is None else _cursor(found.next)
    answer = kind(
        items=tuple(items), total=found.total, limit=limit, page=page, complete=found.complete, next=following
    )
    if following is None:
        return answer.response()
    return answer.response(Link=link_to_next(request, cursor=following))


def link_to_next(request: Request, **changed: str) -> str:
    """The value of `Link` with the address of the next part: this request's query, with these parameters instead."""
    sent = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    asked = {name: value for name, value in sent if name != "page"} | changed
    return f'<{request.scope["path"]}?{urlencode(asked)}>; rel="next"'


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def _is_bounded(value: str | int) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST and value.isascii() and value.isprintable()
    return 0 <= value <= _LARGEST
