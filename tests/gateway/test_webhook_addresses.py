"""A webhook reaches public addresses and those that the operator allows, however an address is written or resolved."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest
from harness.receiving import Receiver, status
from harness.waiting import eventually
from harness.webhooks import LOOPBACK, Administrator

from bus.operator.provision import Layout
from contracts.chapters.detection import VictimDetected
from gateway.auth import DevelopmentIssuer
from gateway.settings import SettingsError
from gateway.webhooks.outbound import Outbound, RefusedAddressError, resolved
from gateway.webhooks.posting import Poster
from gateway.webhooks.target import Sender

from .conftest import opened

REFUSED = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.0.1",
    "169.254.169.254",  # metadata of most clouds
    "100.64.0.1",
    "100.100.100.200",  # metadata of another one
    "168.63.129.16",  # of another one, at a public address
    "192.0.0.192",  # of yet another
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2001:0:1::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd00:ec2::254",  # metadata over IPv6
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)
HIDDEN = (
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "127.0.1",
    "3232235777",
    "2852039166",
    "[::1]",
    "[::ffff:7f00:1]",
    "localhost",
)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not Outbound().allows(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "193.10.4.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert Outbound().allows(address)
    assert not Outbound(public=False).allows(address)


def test_the_operator_allows_networks() -> None:
    """Of its own, in place of the public internet or beside it; also written as IPv6."""
    own = Outbound.from_environment({"STAFETT_WEBHOOK_NETWORKS": "10.1.0.0/16, fd12::/16"})
    both = Outbound.from_environment({"STAFETT_WEBHOOK_NETWORKS": "public,10.1.0.0/16"})
    for outbound, public in ((own, False), (both, True), (Outbound.from_environment({}), True)):
        assert outbound.allows("8.8.8.8") is public
        assert outbound.allows("10.2.0.1") is False
    assert own.allows("10.1.2.3") and own.allows("::ffff:10.1.2.3") and own.allows("fd12::7")
    for wrong in ("10.1.0.0/8", "everything", "10.1.0.0/16;public"):
        with pytest.raises(SettingsError):
            Outbound.from_environment({"STAFETT_WEBHOOK_NETWORKS": wrong})
    with pytest.raises(SettingsError):
        Outbound.from_environment({"STAFETT_WEBHOOK_CA": "/nowhere.pem"})


@pytest.mark.parametrize("host", HIDDEN)
async def test_a_hidden_address_is_refused_when_it_is_sent_to(host: str) -> None:
    """Nothing is connected to, whatever the operating system makes of the host."""
    async with Receiver() as receiver:
        poster = Poster(f"http://{host}:{receiver.port}/", Outbound(), resolved, 5.0)
        answer = await poster.post(b"{}", {})
        await poster.close()
        assert answer.trouble in ("refused-address", "unresolved")
        assert receiver.messages == []


@pytest.mark.parametrize("address", HIDDEN[:7] + HIDDEN[9:])
async def test_a_hidden_address_is_refused_when_a_webhook_is_created(
    provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path, address: str
) -> None:
    """Also when it is changed to one, and in forms that are no addresses of receivers at all."""
    async with opened(provisioned, "police", tmp_path) as edge:
        admin = Administrator(edge, dict(edge.headers("administrator")))
        refused = await admin.asks("POST", "", {"url": f"http://{address}/hook"})
        assert refused.status_code == 422, refused.text
        error = refused.json()["errors"][0]
        assert error["pointer"] == "/url" and error["code"] in ("address_refused", "not_an_address")
        created = await admin.does("POST", "", {"url": "https://8.8.8.8/hook"})
        path = f"/{created['webhook_id']}"
        assert (await admin.asks("PATCH", path, {"url": f"http://{address}/"})).status_code == 422
        for odd in (
            "ftp://8.8.8.8/",
            "http://",
            "//8.8.8.8",
            "http://u:p@8.8.8.8/",
            "https://8.8.8.8/#x",
            "http://[::1",
        ):
            answer = await admin.asks("POST", "", {"url": odd})
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_an_address"), odd


async def test_a_name_that_changes_its_address_is_judged_each_time(
    provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path
) -> None:
    """DNS rebinding: the address that was judged is the one that is connected to, and the name is resolved once."""
    asked: list[str] = []
    answers = ["8.8.8.8", "10.0.0.1"]

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return [answers[min(len(asked), len(answers)) - 1]]

    async with opened(provisioned, "police", tmp_path, sender=Sender(Outbound(), resolve=resolve)) as edge:
        admin = Administrator(edge, dict(edge.headers("administrator")))
        webhook_id, _ = await admin.creates("http://rebound.example/hook")
        assert asked == ["rebound.example"]
        await edge.past.brings("police", VictimDetected.canonical())

        async def refused() -> bool:
            return bool((await admin.sees(webhook_id))["trouble"] == "refused-address")

        await eventually(refused)
        assert len(asked) == 2


async def test_one_refused_address_of_several_is_enough() -> None:
    """A name with a public and a private address is not tried at all."""

    async def both(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "127.0.0.1"]

    with pytest.raises(RefusedAddressError):
        await Outbound().address("both.example", 80, both)


async def test_no_redirect_is_followed() -> None:
    """Not even to an address that would be allowed."""
    async with Receiver() as inside, Receiver() as receiver:
        for number in (301, 302, 303, 307, 308):
            receiver.answers = lambda message, number=number: status(number, f"Location: {inside.url}")  # type: ignore[misc]
            poster = Poster(receiver.url, Outbound(False, LOOPBACK), resolved, 5.0)
            assert (await poster.post(b"{}", {})).trouble == "redirect"
            await poster.close()
        assert inside.messages == []


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would resolve names by itself."""
    async with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        poster = Poster(receiver.url, Outbound(False, (ip_network("127.0.0.0/8"), LOOPBACK[1])), resolved, 5.0)
        assert (await poster.post(b"{}", {})).trouble == ""
        await poster.close()
        assert proxy.messages == [] and len(receiver.messages) == 1
