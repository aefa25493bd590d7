"""Contacts: the hotline now, contact points, municipalities and their coordinators, and an operator's own data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from contracts.sweden.geography.files import DATA
from stafett.service.serving import read_data

from .conftest import Edge


async def read(edge: Edge, path: str) -> Any:
    """What a caseworker reads there."""
    answer = await edge.http.get(path, headers=edge.headers())
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("moment", "open", "changes_at", "says"),
    [
        ("2024-12-02T12:00", True, "2024-12-02T15:30:00Z", "open until 16:30"),
        ("2024-12-06T15:30", False, "2024-12-09T08:00:00Z", "closed now, opens Monday 09:00"),
        ("2024-06-21T10:00", False, "2024-06-24T07:00:00Z", "closed now (Midsommarafton), opens Monday 09:00"),
    ],
)
async def test_the_hotline_says_when_it_is_open(
    edge: Edge, moment: str, open: bool, changes_at: str, says: str
) -> None:
    """R13: with its number; in UTC, and in words of Swedish time."""
    app: Any = edge.app
    object.__setattr__(app.context, "clock", lambda: datetime.fromisoformat(moment).replace(tzinfo=UTC))
    hotline = await read(edge, "/v1/hotline")
    assert (hotline["open"], hotline["changes_at"], hotline["says"]["en"]) == (open, changes_at, says)
    assert hotline["says"]["sv"] != says and hotline["contact"]["phones"] == ["+46 20 390 000"]
    meanwhile = {one["id"]: one["phones"] for one in hotline["meanwhile"]}
    assert meanwhile == ({} if open else {"emergency": ["112"], "social-emergency": ["112"], "police": ["114 14"]})


async def test_every_contact_can_be_read(edge: Edge) -> None:
    """In both languages."""
    items = {one["id"]: one for one in (await read(edge, "/v1/contacts"))["items"]}
    assert {"hotline", "platform", "mika-goteborg", "evonhuset", "police"} < set(items)
    assert items["police"]["name"] == {"en": "Swedish Police Authority", "sv": "Polismyndigheten"}
    civil = (await read(edge, "/v1/contacts?kind=civil-society"))["items"]
    assert [(one["id"], one["source"]) for one in civil] == [("platform", "Sweden: referral and assistance")]
    assert (await read(edge, "/v1/contacts?member_of=platform"))["items"] == []
    assert (await edge.http.get("/v1/contacts?kind=choir", headers=edge.headers())).status_code == 422


async def test_a_contact_says_whether_it_can_be_asked_here(edge: Edge) -> None:
    """The national coordinator is on the bus of this test; a regional one, and one that has no agency, are not."""
    items = {one["id"]: one for one in (await read(edge, "/v1/contacts"))["items"]}
    assert {name: items[name]["on_the_bus"] for name in ("hotline", "coordinator-norr", "platform")} == {
        "hotline": True,
        "coordinator-norr": False,
        "platform": False,
    }


async def test_every_county_has_one_coordinator(edge: Edge) -> None:
    """Seven regions, 21 counties."""
    items = (await read(edge, "/v1/coordinators"))["items"]
    counties = [county["code"] for one in items for county in one["counties"]]
    assert len(items) == 7 and len(counties) == len(set(counties)) == 21
    assert all(one["agency"] == one["contact"]["id"] and one["contact"]["phones"] for one in items)


async def test_a_municipality_leads_to_its_coordinator(edge: Edge) -> None:
    """R16: found by name, then its county, region and coordinator with a number to call."""
    found = await read(edge, "/v1/municipalities?search=ostersund")
    assert (found["total"], found["items"][0]["code"], found["items"][0]["county_code"]) == (1, "2380", "23")
    one = await read(edge, f"/v1/municipalities/{found['items'][0]['code']}")
    assert (one["agency"], one["county"]["agency"]) == ("municipality-2380", "region-23")
    assert one["coordinator"]["agency"] == f"coordinator-{one['county']['nmt_region']}"
    assert one["coordinator"]["phones"]


async def test_municipalities_come_in_pages(edge: Edge) -> None:
    """All 290, each once."""
    pages = [await read(edge, f"/v1/municipalities?limit=100&page={number}") for number in (1, 2, 3, 4)]
    codes = [one["code"] for page in pages for one in page["items"]]
    assert len(codes) == len(set(codes)) == pages[0]["total"] == 290
    assert pages[3]["items"] == []


@pytest.mark.parametrize("code", ["9999", "x", "%00", "0180x"])
async def test_no_such_municipality(edge: Edge, code: str) -> None:
    """404."""
    assert (await edge.http.get(f"/v1/municipalities/{code}", headers=edge.headers())).status_code == 404


async def test_what_is_searched_for_is_nobodys_business(edge: Edge, logged: StringIO) -> None:
    """Neither too long, nor repeated, nor logged."""
    canary = "KANARIEFAGEL"
    answer = await edge.http.get(f"/v1/municipalities?search={canary}", headers=edge.headers())
    assert answer.json()["items"] == [] and canary not in answer.text
    too_long = await edge.http.get(f"/v1/municipalities?search={canary * 20}", headers=edge.headers())
    assert too_long.status_code == 422 and canary not in too_long.text
    own = [line for line in map(json.loads, logged.getvalue().splitlines()) if line["logger"] != "httpx"]
    assert own and canary not in json.dumps(own)


@pytest.mark.parametrize("path", ["hotline", "contacts", "coordinators", "municipalities", "municipalities/0180"])
async def test_it_takes_a_token(edge: Edge, path: str) -> None:
    """As everything but the documents and health."""
    assert (await edge.http.get(f"/v1/{path}")).status_code == 401
    assert (await edge.http.get(f"/v1/{path}", headers=edge.headers("gardener"))).status_code == 403


def test_an_operators_own_data_is_read_or_said_to_be_wrong(tmp_path: Path) -> None:
    """At the start, with the setting, the folder and the file in the message."""
    folder = tmp_path / "data"
    copytree(DATA, folder)
    contacts = folder / "contacts.csv"
    contacts.write_text(
        contacts.read_text(encoding="utf-8").replace("+46 20 390 000", "+46 20 000 000"), encoding="utf-8"
    )
    assert read_data(folder).hotline.phones == ("+46 20 000 000",)
    other = tmp_path / "other"
    copytree(DATA, other)
    (other / "contacts.csv").unlink()
    with pytest.raises(SystemExit, match=rf"STAFETT_DATA: {other}: contacts\.csv is missing"):
        read_data(other)
