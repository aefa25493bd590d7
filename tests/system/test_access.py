"""The commands that end an agency's access to the running brokers, and restore it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.running import DETECTION, kill_service
from nats.errors import Error as NatsError

from bus.envelope.signing import Signer
from bus.nats.client import Client
from bus.nats.tls import connection_options
from stafett.commands.main import main
from stafett.embedded.bus import Embedded

pytestmark = pytest.mark.long

AGENCIES = ("police", "ngo", "coordinator")


async def lets_in(bus: Embedded, agency: str, file: str = "broker.creds") -> bool:
    """Whether the broker takes the agency's credentials as they lie in its home."""
    client = Client()

    async def silently(_: Exception) -> None:
        """The refusal is what is asked about."""

    credentials = str(bus.layout.home(agency) / file)
    try:
        await client.connect(
            bus.broker.url,
            user_credentials=credentials,
            allow_reconnect=False,
            error_cb=silently,
            **connection_options(bus.layout.tls),
        )
    except NatsError:
        return False
    await client.close()
    return True


def test_an_agency_is_cut_off_and_let_in_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`stafett revoke`, then `stafett provision --readmit`; the others' credentials are good all the time."""
    with Embedded(tmp_path / "bus", AGENCIES) as bus:
        here = [f"--directory={bus.folder}", f"--nats-url={bus.broker.url}"]
        assert main(["revoke", "ngo", *here]) == 0
        assert "ngo: cut off; 1 brokers confirmed" in capsys.readouterr().out
        assert not asyncio.run(lets_in(bus, "ngo"))
        assert asyncio.run(lets_in(bus, "police"))
        assert main(["provision", *AGENCIES, *here, "--replicas=1"]) == 0
        assert not asyncio.run(lets_in(bus, "ngo"))
        assert main(["provision", *AGENCIES, *here, "--replicas=1", "--readmit"]) == 0
        assert asyncio.run(lets_in(bus, "ngo"))
        bus.wait_until_ready()


def test_a_further_program_connects_until_that_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`stafett program`, and the same with `--end`; the service's credentials are good all the time."""
    with Embedded(tmp_path / "bus", AGENCIES) as bus:
        here, file = [f"--directory={bus.folder}", f"--nats-url={bus.broker.url}"], "broker-mirror.creds"
        assert main(["program", "ngo", "mirror", *here]) == 0
        said = capsys.readouterr()
        assert said.out.strip() == str(bus.layout.home("ngo") / file)
        assert "ngo, mirror: may connect; 1 brokers confirmed" in said.err
        assert asyncio.run(lets_in(bus, "ngo", file))
        assert main(["program", "ngo", "mirror", "--end", *here]) == 0
        assert not asyncio.run(lets_in(bus, "ngo", file))
        assert asyncio.run(lets_in(bus, "ngo"))
        assert main(["program", "ngo", "No Name", *here]) == 2
        assert main(["program", "nobody", "mirror", *here]) == 2
        bus.wait_until_ready()


def test_what_cannot_be_done_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An agency that nobody knows, and brokers that nobody reaches."""
    here = [f"--directory={tmp_path}"]
    assert main(["provision", "ngo", *here]) == 0
    assert main(["revoke", "nobody", *here, "--nats-url=tls://127.0.0.1:1"]) == 2
    assert "not provisioned" in capsys.readouterr().err
    assert main(["revoke", "ngo", *here, "--nats-url=tls://127.0.0.1:1"]) == 1
    assert "run this again" in capsys.readouterr().err


def asked(url: str) -> tuple[int, dict[str, Any]]:
    """What a service answers to an operator who asks whether it is ready."""
    answer = httpx.get(f"{url}/health/ready", timeout=5)
    return answer.status_code, answer.json()


def restart(bus: Embedded, agency: str) -> None:
    """Stop an agency's service and start it over the same home."""
    kill_service(bus, agency)
    bus.start_service(agency)


def present_key(bus: Embedded, agency: str) -> str:
    """The name of the signing key in an agency's home."""
    return Signer.load(agency, bus.layout.home(agency) / "signing.pem").key_id


def test_an_agency_joins_is_given_new_keys_and_is_suspended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole of it by the commands, on a running bus; the directory is printed as a store has it."""
    with Embedded(tmp_path / "bus", AGENCIES) as bus:
        here = [f"--directory={bus.folder}", f"--nats-url={bus.broker.url}"]
        home = f"--home={bus.folder}"
        assert main(["provision", "iom", *here, "--replicas=1"]) == 0
        assert asyncio.run(lets_in(bus, "iom"))
        wait_until(lambda: "iom  iom  " in printed(capsys, ["directory", "police", home]))

        old = present_key(bus, "ngo")
        assert main(["rotate-keys", "ngo", *here]) == 0
        assert "ngo: has new keys; restart its service" in capsys.readouterr().out
        new = present_key(bus, "ngo")
        assert new != old
        wait_until(lambda: "restart the service" in str(asked(bus.url("ngo"))))
        assert main(["rotate-vault", "ngo", home]) == 2
        assert "stop it first" in capsys.readouterr().err
        restart(bus, "ngo")
        bus.wait_until_ready()
        assert f"key {new} from" in printed(capsys, ["directory", "ngo", home])

        assert main(["suspend", "ngo", *here, "--reason=at-own-request"]) == 0
        assert "ngo: suspended; cut off, 1 brokers confirmed" in capsys.readouterr().out
        assert main(["suspend", "ngo", *here]) == 0
        assert "ngo: was suspended already; cut off" in capsys.readouterr().out
        assert not asyncio.run(lets_in(bus, "ngo"))
        wait_until(lambda: "suspended this agency" in str(asked(bus.url("ngo"))))
        status, said = asked(bus.url("ngo"))
        assert (status, said["type"]) == (503, "urn:x-stafett:problem:not-ready")
        token = json.loads(bus.write_run_file().read_text())["agencies"]["ngo"]["tokens"]["caseworker"]
        refused = httpx.post(
            f"{bus.url('ngo')}/v1/cases", json=DETECTION, headers={"Authorization": f"Bearer {token}"}, timeout=5
        )
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:x-stafett:problem:agency-suspended")
        wait_until(lambda: "SUSPENDED" in printed(capsys, ["directory", home]))
        assert main(["rotate-keys", "ngo", *here]) == 2
        assert "suspended, for good" in capsys.readouterr().err


def printed(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    """What a command prints."""
    main(command)
    return capsys.readouterr().out


def wait_until(holds: Callable[[], bool]) -> None:
    """Return when the condition holds; the commands run loops of their own, so this cannot be one."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
