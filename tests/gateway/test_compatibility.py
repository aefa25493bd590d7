"""A change that breaks callers is found, and named; one that breaks nobody passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway import public_documents
from gateway.documents.compatibility import breaks_of_asyncapi, breaks_of_openapi

Change = Callable[[Any], object]


@cache
def published(name: str) -> str:
    """The document as it is kept."""
    return (public_documents.FOLDER / name).read_text(encoding="utf-8")


def changed(name: str, change: Change) -> tuple[Any, Any]:
    """The document, and the same after a change."""
    before, after = orjson.loads(published(name)), orjson.loads(published(name))
    change(after)
    assert after != before, "the change changes something"
    return before, after


def schemas(document: Any) -> Any:
    """The schemas of a document."""
    return document["components"]["schemas"]


def operation(document: Any, method: str, path: str) -> Any:
    """One operation."""
    return document["paths"][path][method]


def parameter(document: Any, path: str, name: str) -> Any:
    """One query parameter of a GET."""
    return next(one for one in operation(document, "get", path)["parameters"] if one.get("name") == name)


def without_parameter(document: Any, path: str, name: str) -> None:
    """A GET no longer takes a parameter."""
    of_get = operation(document, "get", path)
    of_get["parameters"].remove(parameter(document, path, name))


BREAKING: dict[str, tuple[Change, str]] = {
    "a path": (lambda d: d["paths"].pop("/v1/hotline"), "GET /v1/hotline is gone"),
    "a method": (lambda d: d["paths"]["/v1/cases"].pop("post"), "POST /v1/cases is gone"),
    "an operation id": (
        lambda d: operation(d, "get", "/v1/cases").update(operationId="cases"),
        "GET /v1/cases: its operation id was list_cases and is cases",
    ),
    "a scope": (
        lambda d: operation(d, "get", "/v1/cases").update(security=[{"bearer": ["admin"]}]),
        "GET /v1/cases: it needed the scopes ['cases:read'] and needs ['admin']",
    ),
    "a parameter": (
        lambda d: without_parameter(d, "/v1/cases", "region"),
        "GET /v1/cases: the query parameter region is gone",
    ),
    "a parameter that must be given": (
        lambda d: parameter(d, "/v1/cases", "limit").update(required=True),
        "GET /v1/cases: the query parameter limit must be given now",
    ),
    "a stricter parameter": (
        lambda d: parameter(d, "/v1/cases", "limit")["schema"].update(maximum=50),
        "GET /v1/cases: the query parameter limit: maximum was 100 and is 50",
    ),
    "a status": (
        lambda d: operation(d, "post", "/v1/cases")["responses"].pop("202"),
        "POST /v1/cases: it no longer answers 202",
    ),
    "a header": (
        lambda d: operation(d, "post", "/v1/cases")["responses"]["201"]["headers"].pop("Location"),
        "POST /v1/cases: 201: the header Location is gone",
    ),
    "a media type": (
        lambda d: operation(d, "get", "/v1/feed")["responses"]["200"]["content"].pop("application/x-ndjson"),
        "GET /v1/feed: 200: it is no longer told as application/x-ndjson",
    ),
    "a field of an answer": (lambda d: schemas(d)["Recorded"]["properties"].pop("version"), "Recorded.version is gone"),
    "a field that may be missing": (
        lambda d: schemas(d)["Recorded"]["required"].remove("version"),
        "Recorded.version may be missing now",
    ),
    "a field of another type": (
        lambda d: schemas(d)["Recorded"]["properties"]["version"].update(type="string"),
        "Recorded.version was integer and is string",
    ),
    "a field deep in a list": (
        lambda d: schemas(d)["Text"]["properties"].pop("sv"),
        "Text.sv is gone",
    ),
    "a field that must be sent": (
        lambda d: schemas(d)["VictimDetected"]["required"].append("municipality"),
        "VictimDetected.municipality must be given now",
    ),
    "a field that is no longer taken": (
        lambda d: schemas(d)["VictimDetected"]["properties"].pop("note"),
        "VictimDetected.note is gone",
    ),
    "a code": (
        lambda d: schemas(d)["Indicator"]["enum"].remove("wages-withheld"),
        "Indicator: the code wages-withheld is gone",
    ),
    "an event that is no longer taken": (
        lambda d: operation(d, "post", "/v1/cases/{case_id}/events")["requestBody"]["content"]["application/json"][
            "schema"
        ]["oneOf"].remove({"$ref": "#/components/schemas/SubmitConsentGiven"}),
        "POST /v1/cases/{case_id}/events: the body is no longer SubmitConsentGiven",
    ),
    "a problem": (
        lambda d: schemas(d)["Problem"]["properties"]["type"]["enum"].remove("urn:x-stafett:problem:busy"),
        "Problem.type: the code urn:x-stafett:problem:busy is gone",
    ),
    "null where there was none": (
        lambda d: schemas(d)["Recorded"]["properties"]["version"].update(type=["integer", "null"]),
        "Recorded.version was integer and is integer or null",
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_callers_is_named(name: str) -> None:
    """Each kind of break that the policy names, seeded into the real document."""
    change, said = BREAKING[name]
    assert said in breaks_of_openapi(*changed("openapi.json", change))


HARMLESS: dict[str, Change] = {
    "a path": lambda d: d["paths"].update({"/v1/new": d["paths"]["/v1/hotline"]}),
    "an optional parameter": lambda d: operation(d, "get", "/v1/cases")["parameters"].append(
        {"name": "new", "in": "query", "schema": {"type": "string"}}
    ),
    "a field of an answer": lambda d: schemas(d)["Recorded"]["properties"].update(new={"type": "string"}),
    "a field that is always there": lambda d: schemas(d)["HistoricEventCommon"]["required"].append("withheld"),
    "an optional field": lambda d: schemas(d)["VictimDetected"]["properties"].update(new={"type": "string"}),
    "a code": lambda d: schemas(d)["Indicator"]["enum"].append("new"),
    "a wider bound": lambda d: parameter(d, "/v1/cases", "limit")["schema"].update(maximum=500),
    "a text": lambda d: operation(d, "get", "/v1/cases").update(description="Other words."),
    "a problem": lambda d: schemas(d)["Problem"]["properties"]["type"]["enum"].append("urn:x-stafett:problem:new"),
    "another type of event in a history": lambda d: schemas(d)["HistoricEvent"]["oneOf"].append({"type": "object"}),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_breaks_nobody_passes(name: str) -> None:
    """New paths, optional parts, more in answers, wider bounds, other words."""
    assert breaks_of_openapi(*changed("openapi.json", HARMLESS[name])) == []


ON_THE_BUS: dict[str, tuple[Change, str]] = {
    "a channel": (lambda d: d["channels"].pop("directory"), "the channel directory is gone"),
    "an address": (
        lambda d: d["channels"]["cases"].update(address="cases.{case}"),
        "the channel cases was at case.{case}.{event}.{agency} and is at cases.{case}",
    ),
    "a stream": (
        lambda d: d["channels"]["cases"]["x-jetstream"].update(stream="X"),
        "the channel cases is on another stream",
    ),
    "an operation": (
        lambda d: d["operations"].pop("followGrants"),
        "the operation followGrants is gone, or goes the other way",
    ),
    "a message of a channel": (
        lambda d: d["channels"]["cases"]["messages"].pop("VictimDetected.v1"),
        "VictimDetected.v1 is gone from the channel cases",
    ),
    "a message": (lambda d: d["components"]["messages"].pop("KeyGrant"), "the message KeyGrant is gone"),
    "a header": (
        lambda d: d["components"]["messages"]["CaseReferred"]["headers"]["required"].remove("ce-previous"),
        "the headers of se.nrm.CaseReferred.v2 have changed",
    ),
    "a published version": (
        lambda d: schemas(d)["VictimDetected.v1"]["required"].remove("region"),
        "the schema VictimDetected.v1 has changed: publish a new version of the event",
    ),
    "an optional field of a published version": (
        lambda d: schemas(d)["VictimDetected.v2"]["properties"].update(title={"type": "string"}),
        "the schema VictimDetected.v2 has changed: publish a new version of the event",
    ),
}


@pytest.mark.parametrize("name", ON_THE_BUS)
def test_what_breaks_programs_on_the_bus_is_named(name: str) -> None:
    """Each kind of it, seeded into the real document."""
    change, said = ON_THE_BUS[name]
    assert said in breaks_of_asyncapi(*changed("asyncapi.json", change))


def test_other_words_break_nobody_on_the_bus() -> None:
    """Titles, summaries, examples, and a message that is new."""

    def change(document: Any) -> None:
        document["components"]["messages"]["CaseReferred"]["title"] = "x"
        document["channels"]["cases"]["messages"]["New"] = {}
        document["components"]["messages"]["New"] = {"name": "New"}
        schemas(document)["VictimDetected.v2"]["properties"]["note"]["x-titles"] = {}

    assert breaks_of_asyncapi(*changed("asyncapi.json", change)) == []


def test_the_check_fails_on_a_break_and_says_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A break is written only on purpose; any other change is written when asked, and found by the check until then."""
    kept = {name: published(name) for name in ("openapi.json", "asyncapi.json")}
    monkeypatch.setattr(public_documents, "documents", lambda: kept)
    assert public_documents.main(["--check"], tmp_path) == 1, "nothing is kept yet"
    assert public_documents.main(["--write"], tmp_path) == public_documents.main(["--check"], tmp_path) == 0
    broken = json.loads(kept["openapi.json"])
    broken["paths"].pop("/v1/hotline")
    monkeypatch.setitem(kept, "openapi.json", json.dumps(broken))
    capsys.readouterr()
    for wish in ("--check", "--write"):
        assert public_documents.main([wish], tmp_path) == 1
        assert "openapi.json: breaks callers: GET /v1/hotline is gone" in capsys.readouterr().err
        assert json.loads((tmp_path / "openapi.json").read_text())["paths"].get("/v1/hotline")
    assert public_documents.main(["--write", "--breaking"], tmp_path) == 0
    assert public_documents.main(["--check"], tmp_path) == 0


def test_what_is_kept_is_what_the_code_says() -> None:
    """`make check` fails otherwise, and so does this."""
    assert {name: published(name) == text for name, text in public_documents.documents().items()} == {
        "openapi.json": True,
        "asyncapi.json": True,
    }
