"""A query may have only the parameters that its route documents: a misspelt one is refused, never ignored."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Edge
from .test_submitting_events import kind

CANARY = "KANARIEFAGEL"


async def refused(edge: Edge, path: str, query: str, method: str = "GET") -> list[dict[str, Any]]:
    """What is said to be wrong with a query; nothing of it is repeated."""
    answer = await edge.http.request(method, f"{path}?{query}", json={}, headers=edge.headers())
    assert answer.status_code == 422, (method, path, answer.text)
    assert kind(answer) == "invalid-request" and CANARY not in answer.text
    return list(answer.json()["errors"])


async def test_no_operation_takes_an_unknown_parameter(coordinator: Edge) -> None:
    """Each of them, with and without parameters of its own; and each documents it."""
    document = (await coordinator.http.get("/openapi.json")).json()
    assert {"/v1/statistics", "/health/live", "/v1/cases/{case_id}/events"} <= document["paths"].keys()
    for template, operations in document["paths"].items():
        for method, operation in operations.items():
            (error,) = await refused(coordinator, template.replace("{", "").replace("}", ""), f"{CANARY}=1", method)
            assert error["code"] == "unknown_parameter"
            assert "422" in operation["responses"], (method, template)


async def test_what_a_route_takes_is_named(edge: Edge) -> None:
    """So that a slip is found at once."""
    (error,) = await refused(edge, "/v1/cases", "limt=5")
    assert error["detail"].startswith("This takes no query but: status, ") and "limit, page" in error["detail"]
    (error,) = await refused(edge, "/v1/rules", "limit=5")
    assert error["detail"] == "This takes no query."


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("limit=1&limit=2", ["repeated_parameter"]),
        ("limit=1&x&y=", ["unknown_parameter"] * 2),
        ("&".join(f"x{number}=1" for number in range(2000)), ["unknown_parameter"] * 50),
        ("%00=1", ["unknown_parameter"]),
        ("%FF%FE=1", ["unknown_parameter"]),
        ("Limit=1", ["unknown_parameter"]),
    ],
    ids=["twice", "two", "many", "nul", "bytes", "case"],
)
async def test_every_slip_is_counted(edge: Edge, query: str, codes: list[str]) -> None:
    """Within bounds."""
    assert [error["code"] for error in await refused(edge, "/v1/cases", query)] == codes
