"""A query may have only the parameters that its route documents: a misspelt one is refused, never ignored."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Edge
from .test_submitting_events import kind

CANARY = "KANARIEFAGEL"


async def refused(edge: Edge, path: str, query: str, method: str = "GET") -> list[dict[str, Any]]:
    """What is said to be wrong with a query; no value of it is repeated."""
    answer = await edge.http.request(method, f"{path}?{query}", json={}, headers=edge.headers())
    assert answer.status_code == 400, (method, path, answer.text)
    assert kind(answer) == "invalid-query" and CANARY not in answer.text
    return list(answer.json()["errors"])


async def test_no_operation_takes_an_unknown_parameter(coordinator: Edge) -> None:
    """Each of them, with and without parameters of its own; the answer names it and those that there are."""
    document = (await coordinator.http.get("/openapi.json")).json()
    assert {"/v1/statistics", "/health/live", "/v1/cases/{case_id}/events"} <= document["paths"].keys()
    for template, operations in document["paths"].items():
        for method, operation in operations.items():
            path = template.replace("{", "").replace("}", "")
            (error,) = await refused(coordinator, path, f"changedSince={CANARY}", method)
            assert (error["code"], error["parameter"]) == ("unknown_parameter", "changedSince")
            answer = await coordinator.http.request(method, f"{path}?changedSince=1", headers=coordinator.headers())
            documented = [one["name"] for one in operation.get("parameters", ()) if one.get("in") == "query"]
            assert sorted(answer.json()["known"]) == sorted(documented), (method, template)
            assert "400" in operation["responses"], (method, template)


async def test_what_a_route_takes_is_named(edge: Edge) -> None:
    """So that a slip is found at once."""
    (error,) = await refused(edge, "/v1/cases", "limt=5")
    assert error["detail"].startswith("This takes no query but: status, ") and "limit, page" in error["detail"]
    (error,) = await refused(edge, "/v1/rules", "limit=5")
    assert error["detail"] == "This takes no query."


async def test_a_name_that_is_none_is_not_repeated(edge: Edge) -> None:
    """It could be what somebody pasted into an address."""
    for name in (CANARY, f"x%20{CANARY}", f"x{CANARY}%C3%A9"):
        (error,) = await refused(edge, "/v1/cases", f"{name}=1")
        assert "parameter" not in error


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("limit=1&limit=2", ["repeated_parameter"]),
        ("limit=1&x&y=", ["unknown_parameter"] * 2),
        ("limit=1&limit=2&x=1", ["unknown_parameter", "repeated_parameter"]),
        ("&".join(f"x{number}=1" for number in range(2000)), ["unknown_parameter"] * 50),
        ("%00=1", ["unknown_parameter"]),
        ("%FF%FE=1", ["unknown_parameter"]),
        ("Limit=1", ["unknown_parameter"]),
    ],
    ids=["twice", "two", "both", "many", "nul", "bytes", "case"],
)
async def test_every_slip_is_counted(edge: Edge, query: str, codes: list[str]) -> None:
    """Within bounds."""
    assert [error["code"] for error in await refused(edge, "/v1/cases", query)] == codes
