"""What a caller may do in a case now, over HTTP: in plain words, by role, and as the rules will judge it."""

from __future__ import annotations

from typing import Any

from contracts.chapters.detection import VictimDetected
from contracts.event.case_event import EVENTS
from contracts.vocabulary.agencies import NO_PERSON, AgencyKind

from .conftest import Edge
from .test_offers import offered


async def opened(edge: Edge) -> str:
    """A case that the police opened."""
    return (await edge.past.brings("police", VictimDetected.canonical())).case_id


async def actions(edge: Edge, case_id: str, *roles: str) -> dict[str, Any]:
    """What a caller with these roles may do in the case, by the event's name."""
    answer = await edge.http.get(f"/v1/cases/{case_id}/actions", headers=edge.headers(*roles))
    assert answer.status_code == 200, answer.text
    return {item["type"]: item for item in answer.json()["items"]}


def field(action: dict[str, Any], name: str) -> dict[str, Any]:
    """One field of an action."""
    return next(each for each in action["fields"] if each["name"] == name)


async def test_every_event_that_people_issue_is_told_in_plain_words(edge: Edge) -> None:
    """Each with its label, its chapter and its schema, in two languages; what opens a case or a service says is not."""
    found = await actions(edge, await opened(edge))
    mandate = edge.app.context.mandate.roles
    assert found.keys() == {e.__name__ for e, role in mandate.items() if role not in NO_PERSON} - {"VictimDetected"}
    refer = found["CaseReferred"]
    assert refer["label"] == {"en": "Refer the case", "sv": "Hänvisa ärendet"}
    assert refer["chapter"] == {"value": "referral", "label": {"en": "referral", "sv": "hänvisning"}}
    assert refer["schema_uri"] == "urn:x-stafett:schema:CaseReferred.v2"
    assert refer["says"]["sv"].endswith(".") and "occurred_at" not in {each["name"] for each in refer["fields"]}
    purposes = field(refer, "purposes")
    assert (purposes["label"]["sv"], purposes["type"], purposes["several"], purposes["required"]) == (
        "Ändamål",
        "choice",
        True,
        True,
    )
    assert purposes["choices"][0] == {"value": "support", "label": {"en": "support", "sv": "stöd"}}


async def test_the_role_decides_what_is_the_callers_own(edge: Edge) -> None:
    """Events of another role at the agency are listed too, with who may issue them; an auditor issues none."""
    case_id = await opened(edge)
    for roles, own in ((("caseworker",), False), (("investigation-leader",), True), (("auditor",), False)):
        opening = (await actions(edge, case_id, *roles))["InvestigationOpened"]
        assert (opening["yours"], opening["possible"]) == (own, True)
        assert opening["role"]["value"] == "investigation-leader"
        assert opening["role"]["label"]["sv"] == "förundersökningsledare"
    assert not any(each["yours"] for each in (await actions(edge, case_id, "auditor")).values())
    assert (await actions(edge, case_id))["ConsentGiven"]["yours"]


async def test_an_objection_is_that_of_the_event_itself(edge: Edge) -> None:
    """The rule, what is missing and who supplies it are those with which the event would be refused."""
    case_id = await opened(edge)
    told = (await actions(edge, case_id))["ReturnRequested"]
    assert told["possible"] is False
    body = {"type": "ReturnRequested", "data": EVENTS["ReturnRequested"].example}
    sent = await edge.http.post(f"/v1/cases/{case_id}/events", json=body, headers=edge.headers())
    refused = sent.json()
    assert sent.status_code == 409
    assert told["objection"] == {name: refused[name] for name in ("rule", "rule_text", "missing", "supplied_by")}
    assert told["objection"]["missing"].keys() == {"en", "sv"}


async def test_the_open_offer_is_filled_in(edge: Edge) -> None:
    """The recipient sees whose offer it answers, and need not copy an id."""
    case_id, offer_id = await offered(edge, "ngo-fyren", "police")
    found = await actions(edge, case_id)
    for name in ("ReferralAccepted", "ReferralDeclined"):
        named = field(found[name], "offer_id")
        assert (found[name]["possible"], named["default"]) == (True, offer_id)
        (choice,) = named["choices"]
        assert choice["value"] == offer_id and "stöd" in choice["label"]["sv"]
    assert (found["ReferralWithdrawn"]["possible"], found["ReferralWithdrawn"]["objection"]["rule"]) == (False, "R19")


async def test_agencies_are_those_of_the_directory(edge: Edge) -> None:
    """They are listed once, with their names; a field says the kinds that can be asked."""
    answer = await edge.http.get(f"/v1/cases/{await opened(edge)}/actions", headers=edge.headers())
    agencies = {each["agency"]: each for each in answer.json()["agencies"]}
    assert {"police", "municipality-0180", "migration", "coordinator", "ngo-fyren"} == agencies.keys()
    assert agencies["migration"]["kind"] == AgencyKind.MIGRATION and agencies["migration"]["name"]
    concern = next(each for each in answer.json()["items"] if each["type"] == "ChildConcernReported")
    assert field(concern, "municipality")["kinds"] == ["municipality"]


async def test_what_waits_to_be_sent_counts(edge: Edge) -> None:
    """An investigation that waits on disk rules out a second one, and makes a reflection period possible."""
    case_id = await opened(edge)
    assert (await actions(edge, case_id))["ReflectionPeriodRequested"]["possible"] is False
    body = {"type": "InvestigationOpened", "data": EVENTS["InvestigationOpened"].example}
    kept = await edge.http.post(f"/v1/cases/{case_id}/events", json=body, headers=edge.headers("investigation-leader"))
    assert kept.status_code == 202
    found = await actions(edge, case_id)
    assert found["InvestigationOpened"]["objection"]["rule"] == "R4"
    assert found["ReflectionPeriodRequested"]["possible"] is True


async def test_a_case_of_others_is_not_there(edge: Edge) -> None:
    """As everywhere."""
    others = (await edge.past.brings("ngo-fyren", VictimDetected.canonical())).case_id
    for case_id in (others, "x", "00000000-0000-0000-0000-000000000000"):
        answer = await edge.http.get(f"/v1/cases/{case_id}/actions", headers=edge.headers())
        assert answer.status_code == 404
