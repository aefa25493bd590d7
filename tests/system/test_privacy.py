"""The texts that people write about a case are in the case, and nowhere else where somebody could look."""

from __future__ import annotations

from itertools import count

import orjson
import pytest
from harness.running import DETECTION, QUESTION, Callers, read_log

from stafett.embedded.bus import Embedded

pytestmark = pytest.mark.long

_CANARY = "Zyxcanary"
_numbers = count(1)


def canary() -> str:
    """A word that no program writes by itself."""
    return f"{_CANARY}{next(_numbers):03}"


async def test_nothing_of_a_case_is_written_anywhere_else(callers: Callers) -> None:
    """Words in text fields, headers, bad bodies and bad tokens: in no log, metric, error, subject or header."""
    case_id = str((await callers.said("police", DETECTION))["case_id"])
    question = {**QUESTION, "data": {**QUESTION["data"], "question": f"Where can {canary()} sleep?"}}
    await callers.said("police", question, case_id)

    answers = []
    url, headers = callers.bus.url("police"), callers.headers("police")
    cases, events = f"{url}/v1/cases", f"{url}/v1/cases/{case_id}/events"
    for body in (
        f'{{"type": "{canary()}", "data": {{}}}}',
        f'{{"type": "ConsultationRequested", "data": {{"{canary()}": 1, "topic": "{canary()}", "question": 7}}}}',
        f'{{"type": "ConsultationRequested", "{canary()}": "{canary()}", "data": {{}}}}',
        f'{{"type": "ConsultationRequested", "data": "{canary()}"}}',
        f'{{"{canary()}": ',
        f'"{canary()}"',
        f'{{"type": "ReflectionPeriodGranted", "data": {{"note": "{canary()}"}}}}',
        orjson.dumps({**question, "data": {**question["data"], "question": canary() * 30_000}}).decode(),
    ):
        answers.append(await callers.http.post(events, content=body, headers=_json(headers)))
        answers.append(await callers.http.post(cases, content=body, headers=_json(headers)))
    for name in ("Idempotency-Key", "If-Match", "traceparent", "X-Correlation-ID", "User-Agent", "X-Other", "Cookie"):
        sent = {**_json(headers), name: f"{canary()}\u00e9"}
        odd = {key.encode(): value.encode() for key, value in sent.items()}
        answers.append(await callers.http.post(events, content=f'{{"type": "{canary()}"}}', headers=odd))
    for token in (canary(), f"{canary()}.{canary()}.{canary()}", headers["Authorization"][7:-20] + canary()):
        answers.append(await callers.http.get(cases, headers={"Authorization": f"Bearer {token}"}))
    answers.append(await callers.http.get(cases, headers={"Authorization": canary()}))
    for path in (f"/{canary()}", f"/v1/cases/{canary()}", f"/v1/cases?{canary()}={canary()}&limit={canary()}"):
        answers.append(await callers.http.get(f"{url}{path}", headers=headers))
    answers.append(await callers.http.request(canary().upper(), cases, headers=headers))

    answers = [answer for answer in answers if answer.status_code not in (200, 201)]
    assert len(answers) >= 25
    places = {f"answer {answer.status_code}": answer.text + str(answer.headers) for answer in answers}
    for agency in callers.bus.agencies:
        places[f"log of {agency}"] = (callers.bus.layout.home(agency) / "service.log").read_text()
        for path in ("/metrics", "/health/ready", "/v1/quarantine", "/v1/tasks", "/openapi.json", "/asyncapi.json"):
            places[f"{path} of {agency}"] = (await callers.get(agency, path)).text
    places["log of the broker"] = (callers.bus.broker.folder / "nats.log").read_text()
    messages = await read_log(callers.bus)
    places["subjects"] = " ".join(message.subject for message in messages)
    places["headers"] = " ".join(str(dict(message.headers)) for message in messages)
    found = [place for place, text in places.items() if _CANARY.lower() in text.lower()]
    assert found == []
    assert not any(_CANARY.encode() in message.data for message in messages), "the log has it sealed"
    assert _CANARY in (await callers.get("police", f"/v1/cases/{case_id}/events")).text, "who takes part reads it"
    assert len(places["log of police"].splitlines()) > 20, "the service did write its log"


def _json(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"Content-Type": "application/json"}


def test_a_log_is_for_its_agency_alone(bus: Embedded) -> None:
    """Whoever else has an account on the machine reads neither logs, stores nor credentials."""
    for agency in bus.agencies:
        home = bus.layout.home(agency)
        assert home.stat().st_mode & 0o077 == 0
        for name in ("service.log", "signing.pem", "broker.creds"):
            assert (home / name).stat().st_mode & 0o077 == 0, name
    assert bus.folder.stat().st_mode & 0o077 == 0
