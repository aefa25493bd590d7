"""The warning that a free text may hold a person's name or an address, and the writer's answer to it.

Such a detail can only be suspected, so it is no matter for the rules: this service asks its own writer, once, before
anything is kept. The answer is a header, so that the request is otherwise the same, under the same idempotency key. It
is not stored, and no other agency learns of it.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import Final

from starlette.requests import Request

from contracts.event.fact import Fact, free_texts
from contracts.sweden.suspicions.detector import suspicions_in
from contracts.vocabulary.wording import Wording
from gateway.http.openapi_parts import FREE_TEXT
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.request_body import json_pointer

_MOST: Final = 50
_HEADER: Final[str] = FREE_TEXT["name"]

_WHAT_TO_DO: Final = Wording(
    "Write the text without the names and addresses of people. If it holds none, send the same request again "
    "with the header Stafett-Free-Text: checked.",
    "Skriv texten utan namn på och adresser till personer. Om den inte har några: skicka samma begäran igen "
    "med sidhuvudet Stafett-Free-Text: checked.",
)


def require_checked(request: Request, fact: Fact, under: tuple[str, ...]) -> None:
    """Raise a problem when a free text of the fact is suspected and the writer has not answered.

    The problem says where and what is suspected, and nothing of the text.

    Args:
        request: the request, whose header may have the answer.
        fact: what the body states.
        under: the path of the fact in the body.
    """
    answers = request.headers.getlist(_HEADER)
    if answers == ["checked"]:
        return
    if answers:
        raise ProblemError(
            ProblemKind.INVALID_HEADER,
            Wording(f"{_HEADER}: checked, or no such header.", f"{_HEADER}: checked, eller inget sådant sidhuvud."),
        )
    found = (
        {"pointer": json_pointer(path), "kind": str(one.kind), "start": one.start, "end": one.end}
        for path, text in free_texts(fact, under)
        for one in suspicions_in(text)
    )
    suspicions = list(islice(found, _MOST))
    if suspicions:
        members = {"suspicions": suspicions, "what_to_do": asdict(_WHAT_TO_DO)}
        raise ProblemError(ProblemKind.FREE_TEXT, _WHAT_TO_DO, members)
