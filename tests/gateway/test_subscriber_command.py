"""`stafett subscriber`: what an administrator does at the command line, over a service that listens."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from harness.serving import listening
from harness.subscribing import Overseer
from harness.waiting import eventually
from harness.webhooks import sender

from bus.operator.provision import Layout
from contracts.chapters.detection import VictimDetected
from contracts.view.case_view import CaseView
from gateway.auth import DevelopmentIssuer
from gateway.settings import SettingsError
from stafett.commands.main import main
from stafett.service.subscribers import found
from stafett.subscribing import GiveUpError, Subscriber, SubscriberContext

from .conftest import opened

DESK = Subscriber("desk")
SEEN: list[int] = []


@DESK.on(VictimDetected)
async def gives_up(detected: VictimDetected, case: CaseView, context: SubscriberContext) -> None:
    """Never handle anything."""
    SEEN.append(context.version)
    raise GiveUpError("not-ours")


async def test_a_subscriber_is_managed_by_the_command(
    provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each action prints the service's answer as JSON; a refusal is told in words."""
    async with (
        opened(provisioned, "police", tmp_path, sender=sender(), subscribers=found([f"{__name__}:DESK"])) as edge,
        listening(edge.app) as door,
    ):
        overseer = Overseer(edge, dict(edge.headers("administrator")))
        agency = {"url": f"http://127.0.0.1:{door.port}", "tokens": {"administrator": edge.token("administrator")}}
        (tmp_path / "run.json").write_text(json.dumps({"agencies": {"police": agency}}))

        async def stafett(*arguments: str) -> tuple[int, list[Any], str]:
            code = await asyncio.to_thread(main, ["subscriber", "police", "--home", str(tmp_path), *arguments])
            printed = capsys.readouterr()
            return code, [json.loads(line) for line in printed.out.splitlines()], printed.err

        async def has_dead_letters(number: int) -> bool:
            return int((await overseer.sees("desk"))["dead_letters"]) == number

        assert [one["name"] for one in (await stafett("list"))[1]] == ["desk"]
        for _ in range(2):
            await edge.past.brings("police", VictimDetected.canonical())
        await eventually(lambda: has_dead_letters(2))
        first, second = (await stafett("owed", "desk"))[1]
        assert (first["trouble"], first["dead"]) == ("not-ours", True)
        assert (await stafett("skip", "desk", "--number", str(first["number"])))[1][0]["number"] == first["number"]
        tried = len(SEEN)
        assert (await stafett("replay", "desk", "--number", str(second["number"])))[1][0]["entries"] == 1
        await eventually(lambda: has_dead_letters(1))
        assert (await stafett("replay", "desk", "--after", ""))[1][0]["after"] == ""
        await eventually(lambda: len(SEEN) == tried + 3)
        assert (await stafett("pause", "desk"))[1][0]["state"] == "paused"
        assert (await stafett("resume", "desk"))[1][0]["state"] == "active"
        assert (await stafett("show", "desk"))[1][0]["types"] == ["VictimDetected"]
        code, _, error = await stafett("delete", "desk")
        assert code == 2 and "STAFETT_SUBSCRIBERS" in error
        assert (await stafett("show", "nobody"))[0] == 2


@pytest.mark.parametrize("name", ["nowhere:DESK", f"{__name__}:NOTHING", f"{__name__}:SEEN", "", ":x", "json"])
def test_a_name_that_leads_to_no_subscriber_is_an_error_of_the_setting(name: str) -> None:
    """It says which, and nothing starts."""
    with pytest.raises(SettingsError, match="STAFETT_SUBSCRIBERS"):
        found([name])
