"""The commands that end an agency's access to the running brokers, and give it back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from nats.errors import Error as NatsError

from bus.client import Client
from bus.transport import connection_options
from stafett.cli import main
from stafett.embedded import Embedded

AGENCIES = ("police", "ngo", "coordinator")


async def lets_in(bus: Embedded, agency: str) -> bool:
    """Whether the broker takes the agency's credentials as they lie in its home."""
    client = Client()

    async def silently(_: Exception) -> None:
        """The refusal is what is asked about."""

    credentials = str(bus.layout.home(agency) / "broker.creds")
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


def test_what_cannot_be_done_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An agency that nobody knows, and brokers that nobody reaches."""
    here = [f"--directory={tmp_path}"]
    assert main(["provision", "ngo", *here]) == 0
    assert main(["revoke", "nobody", *here, "--nats-url=tls://127.0.0.1:1"]) == 2
    assert "not provisioned" in capsys.readouterr().err
    assert main(["revoke", "ngo", *here, "--nats-url=tls://127.0.0.1:1"]) == 1
    assert "run this again" in capsys.readouterr().err
