"""Webhooks: what the agency may read is sent to its systems, in order, until it is accepted.

The file has over 250 lines because it is the one list of what a webhook promises.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
from harness.receiving import OK, Message, Receiver, status
from harness.waiting import eventually
from harness.webhooks import Administrator, certificates, positions, sender
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bus.operator.provision import Layout
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.sweden.chapters.identification import InvestigationOpened
from gateway.auth import DevelopmentIssuer

from .conftest import Edge, built, opened

Provisioned = tuple[Layout, DevelopmentIssuer]


@asynccontextmanager
async def administered(
    provisioned: Provisioned, folder: Path, **more: Any
) -> AsyncIterator[tuple[Edge, Administrator]]:
    """The police's service with webhooks, and its administrator."""
    async with opened(provisioned, "police", folder, sender=sender(**more)) as edge:
        yield edge, Administrator(edge, dict(edge.headers("administrator")))


async def a_case(edge: Edge, more: int = 0) -> str:
    """A case of the police with this many events after its detection."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    for _ in range(more):
        await edge.past.brings("police", ConsentGiven.canonical(), case_id)
    return case_id


def verified(message: Message, secret: str) -> Any:
    """The content of a message, if the secret signed it."""
    return Webhook(secret).verify(message.body, message.headers)


async def test_an_event_arrives_as_a_signed_cloud_event(provisioned: Provisioned, tmp_path: Path) -> None:
    """The library of Standard Webhooks verifies it; it names event, case and link, and has no content."""
    async with administered(provisioned, tmp_path) as (edge, admin), Receiver() as receiver:
        webhook_id, secret = await admin.creates(receiver.url)
        case_id = await a_case(edge)
        await eventually(lambda: len(receiver.accepted) == 1)
        message = receiver.accepted[0]
        event = verified(message, secret)
        with pytest.raises(WebhookVerificationError):
            verified(message, (await admin.creates(receiver.url))[1])
        assert message.head == "POST /hook HTTP/1.1"
        assert message.headers["content-type"] == "application/cloudevents+json"
        assert message.headers["host"] == f"localhost:{receiver.port}"
        data = event.pop("data")
        assert event.pop("time")
        assert event == {
            "specversion": "1.0",
            "id": message.id,
            "source": "urn:x-stafett:agency:police",
            "type": VictimDetected.type_name(),
            "subject": case_id,
            "datacontenttype": "application/json",
        }
        assert set(data) == {"position", "kind", "case_id", "link"}
        linked = await edge.http.get(data["link"], headers=edge.headers())
        assert linked.json()["type"] == event["type"]
        await eventually(lambda: admin.is_done(webhook_id))
        state = await admin.sees(webhook_id)
        assert (state["delivered"], state["failures"], state["trouble"], state["dead_letters"]) == (1, 0, None, 0)
        assert state["last_success_at"] and state["last_failure_at"] is None


async def test_the_whole_content_is_sent_over_https_alone(provisioned: Provisioned, tmp_path: Path) -> None:
    """By choice; the receiver's certificate must be the name's, by an authority that the service believes."""
    authority, tls = certificates(tmp_path / "tls")
    _, stranger = certificates(tmp_path / "stranger")
    _, elsewhere = certificates(tmp_path / "elsewhere", "example.org")
    async with (
        administered(provisioned, tmp_path, authority=authority) as (edge, admin),
        Receiver(tls=tls) as receiver,
        Receiver(tls=stranger) as other,
        Receiver(tls=elsewhere) as misnamed,
        Receiver() as open_one,
    ):
        refused = await admin.asks("POST", "", {"url": open_one.url, "content": "full"})
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/url"
        _, secret = await admin.creates(receiver.url, content="full")
        distrusted = [(await admin.creates(each.url, content="full"))[0] for each in (other, misnamed)]
        plain, _ = await admin.creates(open_one.url)
        assert (await admin.asks("PATCH", f"/{plain}", {"content": "full"})).status_code == 422
        await a_case(edge)
        await eventually(lambda: len(receiver.accepted) == 1)
        data = verified(receiver.accepted[0], secret)["data"]
        assert data["data"]["exploitation_forms"] and data["kind"] == "event"
        feed = (await edge.http.get("/v1/feed?types=event", headers=edge.headers())).json()["items"]
        assert {name: data[name] for name in feed[0]} == feed[0]
        for webhook_id in distrusted:

            async def is_distrusted(webhook_id: str = webhook_id) -> bool:
                return bool((await admin.sees(webhook_id))["trouble"] == "tls")

            await eventually(is_distrusted)
        assert other.messages == misnamed.messages == []


async def test_who_hands_on_what_is_on_record(provisioned: Provisioned, tmp_path: Path) -> None:
    """A webhook that sends content opens the case to its receiver; one that refers to it opens nothing."""
    authority, tls = certificates(tmp_path / "tls")
    async with (
        administered(provisioned, tmp_path, authority=authority) as (edge, admin),
        Receiver(tls=tls) as receiver,
        Receiver() as referred,
    ):
        webhook_id, _ = await admin.creates(receiver.url, content="full")
        await admin.creates(referred.url)
        case_id = await a_case(edge)
        await eventually(lambda: len(receiver.accepted) == len(referred.accepted) == 1)
        (opened,) = await edge.node.openings.of(case_id)
        assert (opened.person, opened.system) == (f"webhook {webhook_id}", True)


async def test_who_names_work_or_the_directory_is_told_of_it(provisioned: Provisioned, tmp_path: Path) -> None:
    """A task by its id, raised and done; an admission as its event; each with the link at which there is more."""
    async with administered(provisioned, tmp_path) as (edge, admin), Receiver() as work, Receiver() as directory:
        _, secret = await admin.creates(work.url, types=["task"])
        await admin.creates(directory.url, types=["directory"])
        case_id = await a_case(edge)
        task_id = await edge.node.tasks.ask(case_id, "ask", "x", en="Ask.", sv="Fråga.")
        await eventually(lambda: len(work.accepted) == 1)
        await edge.node.tasks.over(case_id, "ask", "x")
        await eventually(lambda: len(work.accepted) == 2)
        raised = [verified(message, secret) for message in work.accepted]
        assert {each["type"] for each in raised} == {"se.nrm.feed.task"}
        assert {each["data"]["task_id"] for each in raised} == {task_id}
        assert {each["data"]["link"] for each in raised} == {f"/v1/tasks?case_id={case_id}"}
        assert raised[-1]["data"]["done"] and "task" not in raised[0]["data"]
        await eventually(lambda: bool(directory.accepted))
        admitted = directory.accepted[0].event
        assert admitted["type"].startswith("se.nrm.AgencyAdmitted") and admitted["data"]["link"] == "/v1/directory"


async def test_a_new_secret_and_the_former_one_sign_for_a_while(provisioned: Provisioned, tmp_path: Path) -> None:
    """Until the overlap ends; then the former secret signs no more, and is destroyed."""
    async with administered(provisioned, tmp_path) as (edge, admin), Receiver() as receiver:
        webhook_id, former = await admin.creates(receiver.url)
        await a_case(edge)
        await eventually(lambda: len(receiver.accepted) == 1)
        new = (await admin.does("POST", f"/{webhook_id}/rotate", {"overlap_hours": 2}))["secret"]
        await a_case(edge)
        await eventually(lambda: len(receiver.accepted) == 2)
        for secret in (former, new):
            assert verified(receiver.accepted[1], secret)
        with pytest.raises(WebhookVerificationError):
            verified(receiver.accepted[0], new)
        newest = (await admin.does("POST", f"/{webhook_id}/rotate", {"overlap_hours": 0}))["secret"]
        await a_case(edge)
        await eventually(lambda: len(receiver.accepted) == 3)
        assert verified(receiver.accepted[2], newest)
        for secret in (former, new):
            with pytest.raises(WebhookVerificationError):
                verified(receiver.accepted[2], secret)

        async def one_is_left() -> bool:
            return len(await edge.node.store.keys_of([webhook_id])) == 1

        await eventually(one_is_left)
        assert newest.removeprefix("whsec_").encode() not in (tmp_path / "police.db").read_bytes()


async def test_secrets_survive_the_replacement_of_the_vaults_key(provisioned: Provisioned, tmp_path: Path) -> None:
    """They are wrapped like the keys of cases."""
    async with administered(provisioned, tmp_path) as (edge, admin), Receiver() as receiver:
        _, secret = await admin.creates(receiver.url)
        assert await edge.node.keyring.replace_vault_key() >= 1
        await a_case(edge)
        await eventually(lambda: len(receiver.accepted) == 1)
        assert verified(receiver.accepted[0], secret)


async def test_a_case_is_told_in_its_order_and_others_go_on(provisioned: Provisioned, tmp_path: Path) -> None:
    """The next entry of a case waits for the one before; the entries of other cases do not."""
    stuck: set[str] = set()

    def answers(message: Message) -> bytes:
        return status(500) if message.case_id in stuck else OK

    async with administered(provisioned, tmp_path) as (edge, admin), Receiver(answers) as receiver:
        held = await a_case(edge)
        stuck.add(held)
        await edge.past.brings("police", ConsentGiven.canonical(), held)
        free = await a_case(edge, 3)
        webhook_id, _ = await admin.creates(receiver.url)
        await eventually(lambda: len(receiver.accepted) == 4)
        assert {message.case_id for message in receiver.accepted} == {free}
        assert len({message.id for message in receiver.messages if message.case_id == held}) == 1

        async def only_the_held_wait() -> bool:
            return bool((await admin.sees(webhook_id))["pending"] == 2)

        await eventually(only_the_held_wait)  # an answer is noted a moment after it is given
        state = await admin.sees(webhook_id)
        assert state["next_attempt_at"] and state["trouble"] in (None, "refused")
        stuck.clear()
        admin.waits(minutes=1)
        await eventually(lambda: admin.is_done(webhook_id))
        for case_id in (held, free):
            told = positions([each for each in receiver.accepted if each.case_id == case_id])
            assert told == sorted(told)
        assert len({message.id for message in receiver.accepted}) == 6


async def test_only_the_types_that_are_asked_for_are_sent(provisioned: Provisioned, tmp_path: Path) -> None:
    """An unknown name is refused; a change counts from then on."""
    async with administered(provisioned, tmp_path) as (edge, admin), Receiver() as receiver:
        unknown = await admin.asks("POST", "", {"url": receiver.url, "types": ["NoSuchEvent"]})
        assert unknown.status_code == 422 and unknown.json()["errors"][0]["pointer"] == "/types"
        webhook_id, _ = await admin.creates(receiver.url, types=["ConsentGiven"])
        case_id = await a_case(edge, 2)
        await edge.past.brings("police", InvestigationOpened.canonical(), case_id)
        await eventually(lambda: admin.is_done(webhook_id))
        assert [each.event["type"].split(".")[2] for each in receiver.accepted] == ["ConsentGiven"] * 2
        await admin.does("PATCH", f"/{webhook_id}", {"types": []})
        await edge.past.brings("police", InvestigationOpened.canonical(), case_id)
        await eventually(lambda: len(receiver.accepted) == 3)


async def test_a_webhook_begins_now_unless_it_is_told_where(provisioned: Provisioned, tmp_path: Path) -> None:
    """Left out: from now on; a position: after it; one that the feed never had is refused."""
    async with administered(provisioned, tmp_path) as (edge, admin), Receiver() as now, Receiver() as then:
        await a_case(edge, 2)
        told = (await edge.http.get("/v1/feed?types=event", headers=edge.headers())).json()["items"]
        first = told[0]["position"]
        from_now = (await admin.does("POST", "", {"url": now.url}))["webhook_id"]
        after, _ = await admin.creates(then.url, after=first)
        late = await a_case(edge)
        for webhook_id in (from_now, after):

            async def is_done(webhook_id: str = webhook_id) -> bool:
                return await admin.is_done(webhook_id)

            await eventually(is_done)
        assert [message.case_id for message in now.accepted] == [late]
        assert len(then.accepted) == 3
        nowhere = await admin.asks("POST", "", {"url": now.url, "after": f"{'0' * 16}-7"})
        assert nowhere.status_code == 410


async def test_after_three_days_a_message_is_a_dead_letter_that_can_be_sent_again(
    provisioned: Provisioned, tmp_path: Path
) -> None:
    """Attempts come ever less often; what waited behind it is tried then, and the dead letter keeps its id."""
    failing = [True]

    def answers(message: Message) -> bytes:
        return status(503) if failing[0] else OK

    async with administered(provisioned, tmp_path) as (edge, admin), Receiver(answers) as receiver:
        await a_case(edge, 1)
        webhook_id, _ = await admin.creates(receiver.url)
        seen, hours = 0, 0
        while hours < 71:
            await eventually(lambda seen=seen: len(receiver.messages) > seen)  # type: ignore[misc]
            await admin.notes_failures(webhook_id, receiver.messages)
            seen = len(receiver.messages)
            assert (await admin.sees(webhook_id))["dead_letters"] == 0
            admin.waits(hours=4)
            hours += 4
        admin.waits(hours=4)

        async def both_are_dead() -> bool:
            admin.waits(hours=1)
            return bool((await admin.sees(webhook_id))["dead_letters"] == 2)

        await eventually(both_are_dead)
        letters = (await admin.does("GET", f"/{webhook_id}/dead-letters"))["items"]
        assert [(one["event"], one["trouble"]) for one in letters] == [
            ("VictimDetected", "refused"),
            ("ConsentGiven", "refused"),
        ]
        assert f"webhook {webhook_id}: 2 dead letters" in await degraded(edge)
        ids = [message.id for message in receiver.messages]
        assert len(set(ids)) == 2 and ids == sorted(ids, key=ids.index), "the second was tried after the first"
        failing[0] = False
        again = await admin.does("POST", f"/{webhook_id}/dead-letters/{letters[0]['number']}/redeliver")
        assert again == {"redelivered": 1}
        await eventually(lambda: [message.id for message in receiver.accepted] == [ids[0]])
        assert await admin.does("POST", f"/{webhook_id}/dead-letters/redeliver") == {"redelivered": 1}
        await eventually(lambda: [message.id for message in receiver.accepted] == [ids[0], ids[-1]])
        gone = await admin.asks("POST", f"/{webhook_id}/dead-letters/{letters[0]['number']}/redeliver")
        assert gone.status_code == 404


async def degraded(edge: Edge) -> list[str]:
    """What a person should look at, as the health of the webhooks says it."""
    await edge.app.state.sending._look()
    return [trouble for part in edge.app.context.beside for trouble in part()]


async def test_the_time_between_attempts_grows_to_an_hour(provisioned: Provisioned, tmp_path: Path) -> None:
    """A receiver that asks for more is given it, up to an hour."""
    asked = ["Retry-After: 900"]

    async with (
        administered(provisioned, tmp_path) as (edge, admin),
        Receiver(lambda message: status(429, *asked)) as receiver,
    ):
        await a_case(edge)
        webhook_id, _ = await admin.creates(receiver.url)

        async def wait_after(attempts: int) -> float:
            async def failed() -> bool:
                return bool((await admin.sees(webhook_id))["failures"] == attempts)

            await eventually(failed)
            due = (await edge.node.store.query("SELECT due_at FROM webhook_deliveries"))[0]["due_at"]
            return float(due) - admin.clock().timestamp()

        assert 880 < await wait_after(1) <= 900
        asked[:] = ["Retry-After: 999999999999"]
        admin.waits(seconds=901)
        assert await wait_after(2) < 10, "no number that makes sense"
        asked.clear()
        for attempt in range(3, 18):
            admin.waits(hours=1)
            wait = await wait_after(attempt)
        assert 3500 < wait <= 3600


async def test_a_ping_tests_a_webhook_and_hurries_what_waits(provisioned: Provisioned, tmp_path: Path) -> None:
    """It is signed as all messages are; its failure is told, and changes nothing."""
    failing = [True]

    async with (
        administered(provisioned, tmp_path) as (edge, admin),
        Receiver(lambda message: status(500) if failing[0] else OK) as receiver,
    ):
        webhook_id, secret = await admin.creates(receiver.url)
        await a_case(edge)
        for _ in range(8):
            await admin.notes_failures(webhook_id, receiver.messages)
            seen = len(receiver.messages)
            admin.waits(hours=1)
            await eventually(lambda seen=seen: len(receiver.messages) > seen)  # type: ignore[misc]
        result = await admin.does("POST", f"/{webhook_id}/ping")
        assert result == {"accepted": False, "status": 500, "trouble": "refused"}
        failing[0] = False
        admin.clock.moved = timedelta()  # it has failed so often that the next attempt is hours away
        assert await admin.does("POST", f"/{webhook_id}/ping") == {"accepted": True, "status": 204, "trouble": None}
        ping = verified(receiver.accepted[0], secret)
        assert (ping["type"], ping["data"], ping["subject"]) == ("se.nrm.feed.ping", {"kind": "ping"}, webhook_id)
        await eventually(lambda: len(receiver.accepted) == 2)


async def test_a_receiver_that_says_gone_is_left_alone(provisioned: Provisioned, tmp_path: Path) -> None:
    """The health says so; an administrator makes the webhook active again, and nothing is missed."""
    gone = [True]
    async with (
        administered(provisioned, tmp_path) as (edge, admin),
        Receiver(lambda message: status(410) if gone[0] else OK) as receiver,
    ):
        webhook_id, _ = await admin.creates(receiver.url)
        await a_case(edge, 2)

        async def disabled() -> bool:
            return bool((await admin.sees(webhook_id))["state"] == "gone")

        await eventually(disabled)
        assert f"webhook {webhook_id} is disabled: 410" in await degraded(edge)
        tried = len(receiver.messages)
        admin.waits(days=9)
        await a_case(edge)
        await edge.app.state.sending._look()
        assert len(receiver.messages) == tried
        gone[0] = False
        state = await admin.does("PATCH", f"/{webhook_id}", {"state": "active"})
        assert state["state"] == "active"
        await eventually(lambda: len(receiver.accepted) == 4)
        assert (await admin.sees(webhook_id))["dead_letters"] == 0


async def test_a_paused_webhook_misses_nothing_and_a_deleted_one_is_gone(
    provisioned: Provisioned, tmp_path: Path
) -> None:
    """Another address takes over where the former one was."""
    async with administered(provisioned, tmp_path) as (edge, admin), Receiver() as receiver, Receiver() as other:
        webhook_id, _ = await admin.creates(receiver.url)
        await admin.does("PATCH", f"/{webhook_id}", {"state": "paused", "url": other.url})
        await a_case(edge, 1)
        await admin.does("PATCH", f"/{webhook_id}", {"state": "active"})
        await eventually(lambda: len(other.accepted) == 2)
        assert receiver.messages == []
        assert await admin.does("DELETE", f"/{webhook_id}") == {"webhook_id": webhook_id, "deleted": True}
        assert (await admin.asks("GET", f"/{webhook_id}")).status_code == 404
        assert (await admin.does("GET"))["items"] == []
        assert await edge.node.store.keys_of([webhook_id]) == []
        await a_case(edge)
        await edge.app.state.sending._look()
        assert len(other.messages) == 2


async def test_only_administrators_manage_webhooks(provisioned: Provisioned, tmp_path: Path) -> None:
    """A caseworker does neither see nor make them; an auditor sees them."""
    async with administered(provisioned, tmp_path) as (edge, admin), Receiver() as receiver:
        webhook_id, _ = await admin.creates(receiver.url)
        for role, reads in (("caseworker", 403), ("auditor", 200), ("administrator", 200)):
            headers = edge.headers(role)
            for path in ("", f"/{webhook_id}", f"/{webhook_id}/dead-letters"):
                assert (await edge.http.get(f"/v1/webhooks{path}", headers=headers)).status_code == reads
            if role != "administrator":
                for method, path in (
                    ("POST", ""),
                    ("PATCH", f"/{webhook_id}"),
                    ("DELETE", f"/{webhook_id}"),
                    ("POST", f"/{webhook_id}/rotate"),
                    ("POST", f"/{webhook_id}/ping"),
                    ("POST", f"/{webhook_id}/dead-letters/redeliver"),
                    ("POST", f"/{webhook_id}/dead-letters/1/redeliver"),
                ):
                    answer = await edge.http.request(method, f"/v1/webhooks{path}", json={}, headers=headers)
                    assert answer.status_code == 403, (role, method, path)
        assert (await edge.http.get("/v1/cases", headers=edge.headers("administrator"))).status_code == 403


async def test_an_agency_has_a_bounded_number_of_webhooks(provisioned: Provisioned, tmp_path: Path) -> None:
    """The next one is refused."""
    async with administered(provisioned, tmp_path) as (_, admin), Receiver() as receiver:
        for _ in range(20):
            await admin.creates(receiver.url)
        refused = await admin.asks("POST", "", {"url": receiver.url})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:x-stafett:problem:too-many-webhooks")


async def test_metrics_tell_how_each_webhook_does(provisioned: Provisioned, tmp_path: Path) -> None:
    """By its id; no address, no case."""
    async with (
        administered(provisioned, tmp_path) as (edge, admin),
        Receiver(lambda message: status(500) if ".ConsentGiven." in message.event["type"] else OK) as receiver,
    ):
        webhook_id, _ = await admin.creates(receiver.url)
        case_id = await a_case(edge, 2)
        await eventually(lambda: len(receiver.messages) >= 3)
        await edge.app.state.sending._look()
        text = (await edge.http.get("/metrics")).text
        assert f'stafett_webhook_delivered_total{{webhook="{webhook_id}"}} 1.0' in text
        assert f'stafett_webhook_pending{{webhook="{webhook_id}"}} 2.0' in text
        assert case_id not in text and str(receiver.port) not in text


async def test_a_restarted_service_goes_on_where_it_was(provisioned: Provisioned, tmp_path: Path) -> None:
    """Everything is in the store: the webhook, its secret, what is pending and when it is due."""
    failing = [True]
    async with Receiver(lambda message: status(500) if failing[0] else OK) as receiver:
        async with administered(provisioned, tmp_path) as (edge, admin):
            _, secret = await admin.creates(receiver.url)
            await a_case(edge, 2)
            await eventually(lambda: len(receiver.messages) >= 1)
        failing[0] = False
        app, node = built(provisioned, "police", tmp_path, sender=sender())
        node.now = admin.clock
        admin.clock.moved += timedelta(minutes=2)
        async with app.router.lifespan_context(app):
            await eventually(lambda: len(receiver.accepted) == 3)
        assert [verified(message, secret)["type"].split(".")[2] for message in receiver.accepted] == [
            "VictimDetected",
            "ConsentGiven",
            "ConsentGiven",
        ]
        assert receiver.accepted[0].id == receiver.messages[0].id


async def test_slow_receivers_hold_up_nobody(provisioned: Provisioned, tmp_path: Path) -> None:
    """A bounded number of messages is on its way to each."""

    async def never(message: Message) -> bytes:
        await asyncio.Event().wait()
        return OK

    async with (
        administered(provisioned, tmp_path) as (edge, admin),
        Receiver(never) as slow,
        Receiver() as quick,
    ):
        for _ in range(5):
            await admin.creates(slow.url)
        webhook_id, _ = await admin.creates(quick.url)
        for _ in range(12):
            await a_case(edge)
        await eventually(lambda: len(quick.accepted) == 12)
        await eventually(lambda: slow.at_once == 20)
        await eventually(lambda: admin.is_done(webhook_id))


async def test_the_receiver_of_the_page_is_one(provisioned: Provisioned, tmp_path: Path) -> None:
    """It verifies, keeps each event once, and refuses what is not signed."""
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    kept: list[dict[str, Any]] = []
    known: set[str] = set()

    def keep(event: dict[str, Any]) -> None:
        kept.append(event)
        known.add(event["id"])

    names: dict[str, Any] = {"known": known, "keep": keep}
    exec(page.partition("```python\n")[2].partition("```")[0], names)
    names["Receiver"].log_message = lambda *_: None
    async with administered(provisioned, tmp_path) as (edge, admin):
        with HTTPServer(("127.0.0.1", 0), names["Receiver"]) as server:
            serving = asyncio.get_running_loop().run_in_executor(None, server.serve_forever)
            try:
                webhook_id, names["SECRET"] = await admin.creates(f"http://127.0.0.1:{server.server_port}/")
                case_id = await a_case(edge)
                await eventually(lambda: [event["subject"] for event in kept] == [case_id])
                known.clear()
                names["SECRET"] = "whsec_" + "A" * 44
                result = await admin.does("POST", f"/{webhook_id}/ping")
                assert (result["status"], len(kept)) == (401, 1)
            finally:
                await asyncio.to_thread(server.shutdown)
                await serving
