"""The log may contain any bytes: every replica sets the same messages aside, for the same reasons, and goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from harness.bus import Bus
from harness.forging import a_signer, after, another, sealed, signed_anew
from harness.postgres import Database
from harness.waiting import eventually

from bus.envelope.envelope import SEALED_TYPE, Envelope, dsse
from bus.nats.client import Client
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.sweden.chapters.identification import InvestigationOpened

OF_CONTENT = {"unreadable", "wrong-ruleset", "refused"}
AGENCIES = ("police", "ngo-fyren", "coordinator")


class Intruder:
    """Somebody with the administrator's credentials who writes to the log directly, around every check of the bus."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.expected: list[tuple[int, str]] = []

    async def says(
        self, reason: str | None, subject: str, data: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        """Put a message into the log, which replicas must set aside for this reason, if for any."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = f"NATS/1.0\r\n{lines}\r\n".encode()
        inbox = self._client.new_inbox()
        answers = await self._client.subscribe(inbox, max_msgs=1)
        # By hand, since the client refuses to send what a dishonest one would.
        sent = f"HPUB {subject} {inbox} {len(head)} {len(head) + len(data)}\r\n".encode()
        await self._client._send_command(sent + head + data + b"\r\n")
        await self._client.flush()
        sequence = json.loads((await answers.next_msg(timeout=5)).data)["seq"]
        if reason is not None:
            self.expected.append((sequence, reason))

    async def sends(self, reason: str | None, envelope: Envelope, **changed: str) -> None:
        """Put an envelope into the log, with some headers changed."""
        headers = {**envelope.headers, **{f"ce-{name}": value for name, value in changed.items()}}
        await self.says(reason, envelope.subject, envelope.data, headers)


async def test_every_replica_sets_the_same_messages_aside(tmp_path: Path, postgres: Database) -> None:
    """Garbage, forgeries, replays and lawless content: alike in all replicas, and no case stops for them."""
    async with Bus(tmp_path, *AGENCIES, stores={"police": postgres()}) as bus, bus.connected() as administrator:
        case_id = await bus.shared_case()
        police, ngo = bus.signer("police"), bus.signer("ngo-fyren")
        head = (await bus.nodes["police"].store.envelopes(case_id))[-1]
        intruder = Intruder(administrator)

        subject = f"case.{case_id}.ConsentGiven.police"
        await intruder.says("malformed-envelope", subject, b"\xff\xfe garbage")
        await intruder.says("malformed-envelope", subject, b"")
        await intruder.says("malformed-envelope", "case.not-a-uuid.Anything.nobody", b"{}", {"ce-id": "é\ufffd"})
        await intruder.says("malformed-envelope", subject, b"{}", {"ce-\x00": "\x00", "ce-id": "\x00"})
        await intruder.says("malformed-envelope", subject, b"{}", {"CE-ID": "x", "Status": "503"})

        consent = ConsentGiven.canonical()
        good = sealed(police, consent, **after(head))
        altered = good.data[:-8] + another(good.data[-8:].decode()).encode()
        await intruder.says("altered", good.subject, altered, good.headers)
        await intruder.sends("altered", good, caseversion=str(head.version + 2))
        await intruder.sends("altered", good, time="2024-01-01T00:00:00Z")
        await intruder.sends("malformed-envelope", good, priority="high")

        await intruder.sends("unknown-issuer", sealed(a_signer("police"), consent, **after(head)))
        await intruder.sends("unknown-issuer", sealed(a_signer("region-01"), consent, **after(head)))
        posing = signed_anew(good.headers, good.data, ngo)
        await intruder.says("unknown-issuer", good.subject, good.data, posing)
        forged = sealed(a_signer("police"), consent, **after(head))
        borrowed = dsse(bytes.fromhex(forged.hash), police.key_id, forged.signature)
        await intruder.sends("bad-signature", forged, dssematerial=borrowed)

        not_a_duty = sealed(ngo, InvestigationOpened.canonical(), **after(head))
        await intruder.sends("not-a-duty", not_a_duty)
        await intruder.sends("not-a-duty", sealed(police, consent, type="se.nrm.Anything.v1", **after(head)))

        await intruder.says("wrong-subject", f"case.{case_id}.ConsentGiven.ngo-fyren", good.data, good.headers)
        await intruder.says("wrong-subject", f"case.{uuid4()}.ConsentGiven.police", good.data, good.headers)
        await intruder.says("wrong-subject", f"case.{case_id}.ConsentWithdrawn.police", good.data, good.headers)

        await intruder.sends(
            "broken-chain", sealed(police, consent, **(after(head) | {"previous": another(head.hash)}))
        )
        await intruder.sends("stale-version", sealed(police, consent, **(after(head) | {"version": head.version})))
        await intruder.sends("stale-version", sealed(police, consent, **(after(head) | {"version": 1})))
        await intruder.sends("gap", sealed(police, consent, **(after(head) | {"version": head.version + 2})))
        await intruder.sends("gap", sealed(police, consent, **(after(head) | {"version": 10**30})))
        await intruder.sends("stale-version", head)
        for old in (await bus.nodes["police"].store.envelopes(case_id))[:2]:
            await intruder.sends("stale-version", old)

        huge = sealed(police, consent, data=b"x" * 262_200, content_type=SEALED_TYPE, **after(head))
        await intruder.sends("too-large", huge)

        key = await bus.key("police", case_id)
        unreadable = sealed(police, consent, data=b'{"consent": true}', key=key, **after(head))
        await intruder.sends("unreadable", unreadable)
        endless = sealed(police, consent, data=b"[" * 100_000, key=key, **after(unreadable))
        await intruder.sends("unreadable", endless)
        unknown = sealed(police, consent, type="se.nrm.ConsentGiven.v99", key=key, **after(endless))
        await intruder.sends("unreadable", unknown)
        outdated = sealed(police, consent, ruleset="SE-1999", key=key, **after(unknown))
        await intruder.sends("wrong-ruleset", outdated)
        lawless = sealed(police, ConsentWithdrawn.canonical(), key=key, **after(outdated))
        await intruder.sends("refused", lawless)
        reopened = sealed(police, VictimDetected.canonical(), key=key, **after(lawless))
        await intruder.sends("refused", reopened)
        lawful = sealed(police, ConsultationRequested.canonical(), key=key, **after(reopened))
        await intruder.sends(None, lawful)
        await intruder.sends("stale-version", lawful)

        await bus.level()
        for agency in AGENCIES:
            assert await bus.quarantined(agency) == intruder.expected, agency
            assert bus.nodes[agency].health().ready
        assert await bus.agreed_version(case_id) == lawful.version

        # Later events still flow from every node, in this case and in others.
        for agency in AGENCIES:
            assert (await bus.consent(agency, case_id)).version is not None
            assert (await bus.detect(agency)).version == 1
        assert await bus.agreed_version(case_id) == lawful.version + len(AGENCIES)

        # A replica that comes to the log now, and one that comes back, agree.
        await bus.stop_node("ngo-fyren")
        (bus.layout.home("ngo-fyren") / "store.db").unlink()
        await bus.start_node("ngo-fyren")
        await bus.stop_node("police")
        await bus.start_node("police")
        await bus.ready()
        assert await bus.agreed_version(case_id) == lawful.version + len(AGENCIES)
        for agency in AGENCIES:
            # Whoever got the keys after the events finds in the history alone what the content was set aside for.
            anew = agency == "ngo-fyren"
            expected = [each for each in intruder.expected if not (anew and each[1] in OF_CONTENT)]
            assert [each for each in await bus.quarantined(agency) if not (anew and each[1] in OF_CONTENT)] == expected
            assert bus.nodes[agency].replica.position.incarnation == 1
        history = [held async for held in bus.nodes["ngo-fyren"].replica.history(case_id)]
        reasons = [held.void.reason for held in history if held.void is not None]
        assert reasons == [reason for _, reason in intruder.expected if reason in OF_CONTENT]


async def test_garbage_as_the_last_message_is_no_rollback(tmp_path: Path) -> None:
    """A node that restarts on a strange last message recognises it and goes on."""
    async with Bus(tmp_path, "ngo-fyren") as bus, bus.connected() as administrator:
        case_id = (await bus.detect("ngo-fyren")).case_id
        jetstream = administrator.jetstream()
        await jetstream.publish(f"case.{case_id}.Odd.é", b"\xff", headers={"ce-id": "é", "Empty": ""})
        await bus.level()
        await bus.stop_node("ngo-fyren")
        node = await bus.start_node("ngo-fyren")
        await bus.ready()
        assert node.replica.position.incarnation == 1
        assert (await bus.consent("ngo-fyren", case_id)).version == 2


async def test_a_subject_that_is_not_text_stops_nobody(tmp_path: Path, postgres: Database) -> None:
    """The case's token is the agency's to choose: strange bytes in it do not end the other agencies' replicas."""
    async with Bus(tmp_path, "ngo-fyren", "police", stores={"police": postgres()}) as bus:
        case_id = await bus.shared_case()
        async with bus.connected() as administrator:
            before = await _last(administrator)
            for token in (b"\xff\xfe", b"nul\x00", "é".encode(), b"x" * 2000):
                await administrator._send_command(b"PUB case." + token + b".VictimDetected.police 2\r\n{}\r\n")
            await administrator.flush()
            await eventually(lambda: _reached(administrator, before + 4))
        assert (await bus.consent("ngo-fyren", case_id)).version is not None
        await bus.agreed_version(case_id)
        assert len(await bus.quarantined("police")) == len(await bus.quarantined("ngo-fyren")) == 4


async def _last(client: Client) -> int:
    return (await client.jetstream().stream_info("CASES")).state.last_seq


async def _reached(client: Client, sequence: int) -> bool:
    return await _last(client) >= sequence


async def test_a_flood_of_garbage_delays_nobody_for_long(tmp_path: Path) -> None:
    """Five hundred worthless messages in a case, and the next event of the case lands as usual."""
    async with Bus(tmp_path, "ngo-fyren", "police") as bus, bus.connected() as administrator:
        case_id = await bus.shared_case()
        for _ in range(500):
            await administrator.publish(f"case.{case_id}.ConsentGiven.police", b"{}")
        await administrator.flush()
        receipt = await bus.consent("police", case_id)
        await bus.delivered("police", receipt.event_id)
        await bus.agreed_version(case_id)
        assert len(await bus.quarantined("police")) == len(await bus.quarantined("ngo-fyren")) == 500
