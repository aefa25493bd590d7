"""`stafett webhook`: what an administrator does at the command line, over a service that listens."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from harness.receiving import Receiver, status
from harness.serving import listening
from harness.waiting import eventually
from harness.webhooks import Administrator, sender

from bus.operator.provision import Layout
from contracts.chapters.detection import VictimDetected
from gateway.auth import DevelopmentIssuer
from stafett.commands.main import main

from .conftest import opened


async def test_a_webhook_is_managed_by_the_command(
    provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each action prints the service's answer as JSON; a refusal is told in words."""
    token = tmp_path / "token"
    async with (
        opened(provisioned, "police", tmp_path, sender=sender()) as edge,
        listening(edge.app) as door,
        Receiver() as receiver,
    ):
        admin = Administrator(edge, dict(edge.headers("administrator")))
        token.write_text(edge.token("administrator"))
        address = f"http://127.0.0.1:{door.port}"
        run_file = {"agencies": {"police": {"url": address, "tokens": {"administrator": token.read_text()}}}}
        (tmp_path / "run.json").write_text(json.dumps(run_file))

        async def stafett(
            *arguments: str, by: tuple[str, ...] = ("--home", str(tmp_path))
        ) -> tuple[int, list[Any], str]:
            code = await asyncio.to_thread(main, ["webhook", "police", *by, *arguments])
            printed = capsys.readouterr()
            return code, [json.loads(line) for line in printed.out.splitlines()], printed.err

        code, told, _ = await stafett("create", receiver.url, "--types", "VictimDetected")
        assert code == 0 and told[0]["secret"].startswith("whsec_")
        webhook_id = told[0]["webhook_id"]
        named = ("--service", address, "--token-file", str(token))
        code, told, _ = await stafett("list", by=named)
        assert (code, [(one["webhook_id"], one["types"]) for one in told]) == (0, [(webhook_id, ["VictimDetected"])])
        assert (await stafett("ping", webhook_id))[1] == [{"accepted": True, "status": 204, "trouble": None}]
        assert (await stafett("change", webhook_id, "--state", "paused", "--types", ""))[1][0]["state"] == "paused"
        assert (await stafett("rotate", webhook_id, "--overlap-hours", "0"))[1][0]["secret"] != told[0]
        receiver.answers = lambda message: status(500)
        await edge.past.brings("police", VictimDetected.canonical())
        assert (await stafett("change", webhook_id, "--state", "active"))[0] == 0
        await eventually(lambda: len(receiver.messages) == 2)

        async def is_dead() -> bool:
            admin.waits(days=2)
            return bool((await admin.sees(webhook_id))["dead_letters"] == 1)

        await eventually(is_dead)
        letter = (await stafett("dead-letters", webhook_id))[1][0]
        assert letter["event"] == "VictimDetected"
        redelivered = await stafett("redeliver", webhook_id, "--number", str(letter["number"]))
        assert redelivered[1] == [{"redelivered": 1}]
        assert (await stafett("show", webhook_id))[1][0]["dead_letters"] == 0
        code, _, error = await stafett("create", "http://u@localhost/")
        assert code == 2 and "/url: This must be an http or https address" in error
        assert (await stafett("delete", webhook_id))[1] == [{"webhook_id": webhook_id, "deleted": True}]
        assert (await stafett("show", webhook_id))[0] == 2
        assert (await stafett("list", by=("--home", str(tmp_path / "nowhere"))))[0] == 2
    assert (await stafett("list"))[0] == 1
