"""A form and a link to an agency outside the bus: it reads the preview and nothing else, and its answer is recorded."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from harness.bus import Bus, an_event
from harness.gateways import Gateway, gateways
from harness.sharing import consent, now
from harness.waiting import eventually

from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.external_referral import ExternalReferralMade
from contracts.chapters.referral import ReferralWithdrawn
from gateway.outside.door import OutsideDoor
from gateway.outside.links import Link, Links, WrongCodes
from gateway.outside.settings import OutsideSettings
from gateway.settings import SettingsError
from services import mandate_of

from .test_documents import check

NGO, POLICE, MALMO = "ngo-fyren", "police", "municipality-1280"
NOTE = "The unit for adults takes the call before ten."
YES = {"answer": "accepted", "services": "safe-accommodation", "answered_by": "head-of-unit"}
NO = {"answer": "declined", "reason": "no-capacity", "answered_by": "on-call"}
KEY = bytes(range(32))


@dataclass
class Asked:
    """An offer to Malmö, which is not on the bus, and how its people come to it."""

    bus: Bus
    at: dict[str, Gateway]
    case_id: str
    consent_id: str
    offer_id: str

    async def form(self, agency: str = NGO, *roles: str, **headers: str) -> httpx.Response:
        """The form."""
        return await self.at[agency].get(f"/v1/cases/{self.case_id}/offers/{self.offer_id}/form", *roles, **headers)

    async def link(self) -> tuple[str, str]:
        """The path of the link, and the code."""
        form = (await self.form()).json()
        return form["link"].removeprefix("https://answers.example"), form["code"]

    async def opens(self, path: str, **headers: str) -> httpx.Response:
        """The page, for somebody without any token of a caller."""
        return await self.at[NGO].http.get(path, headers=headers)

    async def answers(self, path: str, **fields: Any) -> httpx.Response:
        """The answer to a form that somebody sends."""
        return await self.at[NGO].http.post(path, data=fields)

    async def offer(self) -> dict[str, Any]:
        """The offer as the NGO reads it."""
        view = (await self.at[NGO].get(f"/v1/cases/{self.case_id}")).json()
        return next(each for each in view["offers"] if each["id"] == self.offer_id)


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    """The NGO asks Malmö; the police take no part."""
    mandates = {NGO: mandate_of(NGO)}
    async with (
        Bus(tmp_path, NGO, POLICE, "coordinator", start=False, mandates=mandates) as bus,
        gateways(bus, tmp_path) as at,
    ):
        detected = an_event(
            VictimDetected, occurred_at=now(), note="A quiet place, please.", region="12", municipality=None
        )
        case_id = (await bus.submit(NGO, detected)).case_id
        consent_id = await consent(bus, case_id, MALMO)
        offer = an_event(
            ExternalReferralMade, occurred_at=now(), respond_by=(datetime.now(UTC) + timedelta(days=2)).isoformat()
        )
        offer_id = (await bus.submit(NGO, offer, case_id)).event_id
        await bus.level()
        yield Asked(bus, at, case_id, consent_id, offer_id)


async def test_the_form_is_for_who_records_the_answer(asked: Asked) -> None:
    """As JSON, as a page to print and as text; in Swedish unless English is asked for. An auditor gets no code."""
    document = (await asked.at[NGO].http.get("/openapi.json")).json()
    answer = await asked.form()
    check(document, "/v1/cases/{case_id}/offers/{offer_id}/form", answer)
    assert answer.headers["cache-control"] == "no-store"
    form = answer.json()
    assert (
        re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", form["code"]) and (await asked.form()).json()["code"] == form["code"]
    )
    text = await asked.form(Accept="text/plain")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert "FÖRFRÅGAN" in text.text and f"Kod: {form['code']}" in text.text and "skyddat boende" in text.text
    assert "ber Malmö att hjälpa" in text.text and "+46 8 123 45 67" in text.text
    page = await asked.form(Accept="text/html", Accept_Language="en")
    assert page.headers["content-language"] == "en" and f'<span class="code">{form["code"]}</span>' in page.text
    assert "Call +46 8 123 45 67" in page.text and 'href="https://answers.example/answers/' in page.text
    assert (await asked.form(NGO, "auditor")).status_code == 403
    assert (await asked.form(POLICE)).status_code == 404


async def test_a_link_shows_the_preview_and_nothing_else(asked: Asked) -> None:
    """No id, no text that somebody wrote, no other agency; headers that keep it from being kept, framed or found."""
    path, code = await asked.link()
    assert asked.case_id not in path and asked.offer_id not in path
    page = await asked.opens(path)
    assert page.status_code == 200 and "Skåne" in page.text and "skyddat boende" in page.text
    for hidden in (asked.case_id, asked.offer_id, asked.consent_id, code, "quiet place", NOTE, POLICE):
        assert hidden not in page.text
    headers = page.headers
    assert headers["cache-control"] == "no-store" and headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex, nofollow, noarchive" and headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert (
        policy.startswith("default-src 'none'; ") and "frame-ancestors 'none'" in policy and "script" not in page.text
    )
    assert "A request for help" in (await asked.opens(f"{path}?language=en")).text
    assert "A request for help" in (await asked.opens(path, **{"Accept-Language": "en"})).text


async def test_an_answer_by_the_link_is_recorded_once_on_behalf(asked: Asked) -> None:
    """With the code, as it is written or nearly so. The link is over then, and says no more."""
    path, code = await asked.link()
    given = await asked.answers(path, **YES, code=f" {code.lower().replace('-', ' ')} ")
    assert given.status_code == 200 and "Ert ja är registrerat" in given.text
    await asked.bus.level()
    offer = await asked.offer()
    assert (offer["state"], offer["promised"], offer["external"]) == ("accepted", ["safe-accommodation"], True)
    (listed,) = (await asked.at[NGO].get("/v1/offers")).json()["items"]
    assert (listed["external"], listed["recipient"], listed["direction"]) == (True, MALMO, "sent")
    history = (await asked.at[NGO].get(f"/v1/cases/{asked.case_id}/events")).json()
    said = history["items"][-1]
    assert (said["type"], said["agency"]) == ("se.nrm.ExternalReferralAnswered.v1", NGO)
    assert (said["data"]["channel"], said["data"]["code_checked"], said["data"]["answered_by"]) == (
        "link",
        True,
        "head-of-unit",
    )
    view = (await asked.at[NGO].get(f"/v1/cases/{asked.case_id}")).json()
    assert MALMO not in [each["agency"] for each in view["participants"]]
    assert (await asked.opens(path)).status_code == 404
    assert (await asked.answers(path, **NO, code=code)).status_code == 404
    assert (await asked.offer())["state"] == "accepted"


async def test_a_no_by_the_link_says_why(asked: Asked) -> None:
    """The referrer has a task to turn elsewhere."""
    path, code = await asked.link()
    given = await asked.answers(path, **NO, services="safe-accommodation", code=code)
    assert given.status_code == 200 and "Ert nej är registrerat" in given.text
    await asked.bus.level()
    assert (await asked.offer())["state"] == "declined"

    async def told() -> bool:
        tasks = (await asked.at[NGO].get("/v1/tasks")).json()["items"]
        return any("avböjer" in str(task) for task in tasks)

    await eventually(told)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({**YES, "code": "AAAA-AAAA"}, "Koden är fel"),
        ({**YES}, "Ange ja eller nej"),
        ({**YES, "code": "RIGHT", "answer": "perhaps"}, "Ange ja eller nej"),
        ({**NO, "code": "RIGHT", "reason": ""}, "Ange ja eller nej"),
        ({**YES, "code": "RIGHT", "answered_by": "Anna Andersson"}, "Ange ja eller nej"),
        ({**YES, "code": "RIGHT", "services": "a-villa"}, "Ange ja eller nej"),
        ({**YES, "code": "RIGHT", "note": "Ring Anna"}, "Ange ja eller nej"),
        ({**YES, "code": ["RIGHT", "RIGHT"]}, "Ange ja eller nej"),
    ],
    ids=["wrong code", "no code", "neither", "no reason", "a name", "no such service", "a text", "two codes"],
)
async def test_nothing_else_is_recorded(asked: Asked, fields: dict[str, Any], says: str) -> None:
    """422, with the page again; what was sent is not on it."""
    path, code = await asked.link()
    sent = {
        name: [code if each == "RIGHT" else each for each in (value if isinstance(value, list) else [value])]
        for name, value in fields.items()
    }
    given = await asked.answers(path, **sent)
    assert given.status_code == 422 and says in given.text
    assert "Anna" not in given.text and code not in given.text
    assert (await asked.offer())["state"] == "open"


async def test_a_body_is_a_small_form(asked: Asked) -> None:
    """Anything else is refused before it is read."""
    path, _ = await asked.link()
    http = asked.at[NGO].http
    assert (await http.post(path, json=YES)).status_code == 415
    assert (await http.post(path, data={"code": "A" * 5000})).status_code == 413
    many = "&".join(["services=health-care"] * 50)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await http.post(path, content=many, headers=kind)).status_code == 422
    assert (await http.post(path, content=b"\xff\xfe=1", headers=kind)).status_code == 422
    assert (await http.post(f"{path}?note=1", data=YES)).status_code == 400


async def test_after_ten_wrong_codes_the_phone_is_left(asked: Asked) -> None:
    """The right one is not taken either."""
    path, code = await asked.link()
    for _ in range(10):
        assert (await asked.answers(path, **YES, code="AAAA-AAAA")).status_code == 422
    given = await asked.answers(path, **YES, code=code)
    assert given.status_code == 429 and "Svara per telefon" in given.text
    assert (await asked.offer())["state"] == "open"


async def test_a_link_ends_with_its_offer_and_its_consent(asked: Asked) -> None:
    """Withdrawn, or without consent: the same page as for a link that never was."""
    path, code = await asked.link()
    withdrawal = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=asked.consent_id, recipients=[MALMO])
    await asked.bus.submit(NGO, withdrawal, asked.case_id)
    await asked.bus.level()
    over = await asked.opens(path)
    assert over.status_code == 404 and "gäller inte längre" in over.text
    assert (await asked.answers(path, **YES, code=code)).status_code == 404
    assert (await asked.form()).status_code == 404
    assert (await asked.opens(f"/answers/{'x' * 135}")).text == over.text
    assert (await asked.opens("/answers/x.y.z")).text == over.text


async def test_a_withdrawn_offer_has_no_link(asked: Asked) -> None:
    """Nor a form."""
    path, _ = await asked.link()
    await asked.bus.submit(NGO, an_event(ReferralWithdrawn, occurred_at=now(), offer_id=asked.offer_id), asked.case_id)
    await asked.bus.level()
    assert (await asked.opens(path)).status_code == 404 and (await asked.form()).status_code == 404


async def test_a_service_without_a_public_address_has_no_links(asked: Asked) -> None:
    """The form has the code alone, and the pages are shut."""
    path, code = await asked.link()
    state = asked.at[NGO].app.state
    door: OutsideDoor = state.outside
    state.outside = replace(door, settings=OutsideSettings())
    form = (await asked.form()).json()
    assert (form["link"], form["code"]) == (None, code)
    assert "answers" not in (await asked.form(Accept="text/plain")).text
    assert (await asked.opens(path)).status_code == 404


def a_link(*, minutes: int = 5) -> Link:
    """A link that is good for so many minutes."""
    return Link(str(uuid4()), str(uuid4()), datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes))


def test_a_token_is_ours_whole_and_in_time() -> None:
    """Another agency's, a changed one, one of other algorithms and one that has run out open nothing."""
    links, link = Links(KEY), a_link()
    token, at = links.token(link), datetime.now(UTC)
    assert links.opened(token, at) == link and links.token(link) != token
    assert Links(bytes(32)).opened(token, at) is None
    assert links.opened(token, link.until + timedelta(seconds=1)) is None
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert links.opened(changed, at) is None, place
    for nonsense in (
        "",
        ".",
        "....",
        "å" * 20,
        "x" * 300,
        token + "A",
        "eyJhbGciOiJub25lIn0..a.b.c",
        token.replace(".", ""),
    ):
        assert links.opened(nonsense, at) is None


def test_a_code_is_the_offers_own() -> None:
    """It follows from the key and the offer; letters that look alike count as one."""
    links = Links(KEY)
    codes = {links.code(str(uuid4())) for _ in range(200)}
    assert len(codes) == 200 and not set("".join(codes)) & set("ILOU")
    code = links.code("an offer")
    assert links.is_code("an offer", code.lower().replace("0", "o").replace("1", "l"))
    for wrong in ("", code[:-1], code + "0", links.code("another"), "å" * 9, "\0", Links(bytes(32)).code("an offer")):
        assert not links.is_code("an offer", wrong)


def test_wrong_codes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many offers there are; each offer has its own count."""
    monkeypatch.setattr("gateway.outside.links._REMEMBERED", 3)
    wrong = WrongCodes()
    for _ in range(10):
        wrong.note("a")
    assert wrong.too_many("a") and not wrong.too_many("b")
    for offer in "bcde":
        wrong.note(offer)
    assert len(wrong._wrong) == 3


@pytest.mark.parametrize(
    "variables",
    [
        {"STAFETT_ANSWER_ADDRESS": "http://answers.example"},
        {"STAFETT_ANSWER_ADDRESS": "https://answers.example/path"},
        {"STAFETT_ANSWER_ADDRESS": 'https://a"b'},
        {"STAFETT_ANSWER_PHONE": "call us"},
    ],
)
def test_bad_settings_are_refused(variables: dict[str, str]) -> None:
    """A page's address is an origin, over TLS but on this machine; a phone number is one."""
    with pytest.raises(SettingsError):
        OutsideSettings.from_environment(variables)
    good = {"STAFETT_ANSWER_ADDRESS": "https://answers.example:8443", "STAFETT_ANSWER_PHONE": "08-123 45 67"}
    assert OutsideSettings.from_environment(good) == OutsideSettings("https://answers.example:8443", "08-123 45 67")
    assert OutsideSettings.from_environment({}) == OutsideSettings()
