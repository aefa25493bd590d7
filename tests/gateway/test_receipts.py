"""Receipts over HTTP: an agency outside the case takes the person's word by her code, and nobody does so without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.bus import Bus
from harness.canary import files_below
from harness.gateways import Gateway, gateways
from harness.sharing import AGENCIES, accept, consent, refer
from harness.waiting import eventually

from contracts.calendar.days import swedish_day
from contracts.chapters.receipts import ReceiptShown
from contracts.privacy.receipt_codes import USES
from contracts.view.case_view import CaseView
from contracts.view.parts.receipts import ReceiptWish

from .test_documents import check

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES
WITHDRAW = "withdraw-consent"


@dataclass
class Shared:
    """A case of the NGO's that the municipality has accepted; the police take no part in it."""

    bus: Bus
    at: dict[str, Gateway]
    case_id: str

    async def receipt(self, **more: Any) -> dict[str, Any]:
        """A receipt that the NGO hands out."""
        answer = await self.at[NGO].post(f"/v1/cases/{self.case_id}/receipts", more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def shown(self, agency: str, code: str, wish: str = WITHDRAW) -> httpx.Response:
        """The answer of an agency to which the person shows a code."""
        return await self.at[agency].post("/v1/shown-receipts", {"code": code, "wish": wish})

    async def view(self, agency: str) -> CaseView:
        """The case at an agency."""
        await self.bus.level()
        seen = (await self.bus.nodes[agency].replica.case(self.case_id)).view
        assert isinstance(seen, CaseView)
        return seen


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Shared]:
    """Four agencies on a real bus, and the case."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.level()
        yield Shared(bus, at, case_id)


async def test_an_agency_outside_the_case_takes_her_withdrawal(shared: Shared) -> None:
    """It learns nothing of the case; the municipality leaves it, and reads nothing that comes."""
    assert not (await shared.view(POLICE)).takes_part(POLICE)
    handed = await shared.receipt()
    taken = await shared.shown(POLICE, handed["code"].lower().replace("-", " "))
    assert taken.status_code == 201, taken.text
    check((await shared.at[POLICE].http.get("/openapi.json")).json(), "/v1/shown-receipts", taken)
    assert taken.json().keys() == {"event_id", "wish", "status", "taken_at"}
    case = await shared.view(NGO)
    assert (case.consents, case.takes_part(MUNICIPALITY)) == ((), False)
    assert (await shared.at[POLICE].get(f"/v1/cases/{shared.case_id}")).status_code == 404
    assert (await shared.at[MUNICIPALITY].get(f"/v1/cases/{shared.case_id}")).status_code == 404
    history = (await shared.at[NGO].get(f"/v1/cases/{shared.case_id}/events")).json()["items"]
    last = history[-1]
    assert (last["agency"], last["set_aside"], last["data"]["wish"]) == (POLICE, None, WITHDRAW)


async def test_the_participants_take_it_too_and_so_does_every_other_agency(shared: Shared) -> None:
    """The same code, again and again, for every wish; as often as it can be shown, and then no more."""
    code = (await shared.receipt())["code"]
    for number in range(USES):
        agency = (COORDINATOR, POLICE, NGO, MUNICIPALITY)[number % 4]
        answer = await shared.shown(agency, code, "be-contacted")
        assert answer.status_code == 201, (number, answer.text)
        await shared.bus.level()
    assert (await shared.view(NGO)).receipts[0].shown == USES
    assert (await shared.shown(POLICE, code, "be-contacted")).status_code == 404
    assert (await shared.shown(POLICE, (await shared.receipt())["code"])).status_code == 201, "a new one"


async def test_nobody_withdraws_without_the_code(shared: Shared) -> None:
    """Not with another secret, nor with the link that stands in the log, written straight into the chain."""
    handed = await shared.receipt()
    wrong = handed["code"][:-1] + ("0" if handed["code"][-1] != "0" else "1")
    assert (await shared.shown(POLICE, wrong)).status_code == 404
    (receipt,) = (await shared.view(NGO)).receipts
    forged = ReceiptShown(
        occurred_at=shared.at[POLICE].app.context.clock(),
        receipt_id=receipt.id,
        link=receipt.link,
        wish=ReceiptWish.WITHDRAW_CONSENT,
    )
    await shared.bus.submit(POLICE, forged, shared.case_id)
    case = await shared.view(NGO)
    assert case.consents != () and case.takes_part(MUNICIPALITY)
    history = (await shared.at[NGO].get(f"/v1/cases/{shared.case_id}/events")).json()["items"]
    assert history[-1]["set_aside"]["reason"] == "refused" and history[-1]["set_aside"]["detail"] == "R32"
    assert (await shared.shown(POLICE, handed["code"])).status_code == 201, "the forgery uses nothing up"
    assert (await shared.view(NGO)).consents == ()


async def test_wrong_codes_are_limited(shared: Shared) -> None:
    """429 after ten, for that person; others go on, and so does a right code of theirs."""
    code = (await shared.receipt())["code"]
    at = shared.at[POLICE]
    for _ in range(10):
        assert (await shared.shown(POLICE, "0000-0000-0000-0000-0000")).status_code == 404
    refused = await shared.shown(POLICE, code)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    other = at.authorised((), "somebody else")
    answer = await at.http.post("/v1/shown-receipts", json={"code": code, "wish": WITHDRAW}, headers=other)
    assert answer.status_code == 201


async def test_the_paper_is_printed_in_her_language_of_the_two(shared: Shared) -> None:
    """As text and as a page; only once has it the code."""
    path = f"/v1/cases/{shared.case_id}/receipts"
    for accept_type, language, words in (
        ("text/plain", "sv", "Ett kvitto till dig"),
        ("text/html", "en", "A receipt for you"),
    ):
        answer = await shared.at[NGO].post(path, {}, Accept=accept_type, Accept_Language=language)
        assert answer.status_code == 201 and answer.headers["content-type"].startswith(accept_type)
        assert (answer.headers["content-language"], answer.headers["cache-control"]) == (language, "no-store")
        assert words in answer.text and "112" in answer.text
    as_json = await shared.at[NGO].post(path, {})
    check((await shared.at[NGO].http.get("/openapi.json")).json(), "/v1/cases/{case_id}/receipts", as_json)


async def test_the_code_is_kept_nowhere(shared: Shared, tmp_path: Path) -> None:
    """Neither the code nor its secret is in a file of an agency or a broker, nor in the view."""
    handed = await shared.receipt()
    await shared.bus.level()
    code = handed["code"]
    secret = code.replace("-", "")[8:]
    files = list(files_below(tmp_path).values())
    assert files
    for word in (code, code.replace("-", ""), secret, code[10:]):
        assert not any(word.encode() in content for content in files), word
    assert secret not in (await shared.view(NGO)).model_dump_json()


async def test_a_receipt_has_a_last_day(shared: Shared) -> None:
    """409 by R32 for more than a year; 422 for what is no day; without one it is good for half a year."""
    today = swedish_day(datetime.now(UTC))
    path = f"/v1/cases/{shared.case_id}/receipts"
    late = await shared.at[NGO].post(path, {"valid_until": (today + timedelta(days=400)).isoformat()})
    assert (late.status_code, late.json()["rule"]) == (409, "R32")
    for body in ({"valid_until": "soon"}, {"until": "2027-01-01"}):
        assert (await shared.at[NGO].post(path, body)).status_code == 422
    assert (await shared.at[NGO].post(path, {}, "auditor")).status_code == 403
    handed = await shared.receipt()
    assert timedelta(days=179) <= date.fromisoformat(handed["valid_until"]) - today <= timedelta(days=181)
    assert (await shared.at[POLICE].post(path, {})).status_code == 404, "a case of others"


async def test_an_erased_case_has_no_receipt(shared: Shared) -> None:
    """404: nothing can be withdrawn any more."""
    code = (await shared.receipt())["code"]
    wish = {"scope": "case", "reason": "person-asked"}
    path = f"/v1/cases/{shared.case_id}/erasures"
    assert (await shared.at[NGO].post(path, wish, "records-officer")).status_code == 201

    async def erased() -> bool:
        return (await shared.view(COORDINATOR)).status == "erased"

    await eventually(erased, within=20)
    assert (await shared.shown(COORDINATOR, code)).status_code == 404
