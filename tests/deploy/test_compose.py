"""compose.yaml has what a production bus needs, follows the compose specification, and contains no secret."""

from __future__ import annotations

import asyncio
import base64
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bus.errors import StoreError
from bus.node import Node
from bus.operator.provision import Layout, provision
from bus.sealing.vault import Vault
from bus.settings import BusSettings
from services import mandate_of, mandates
from stafett.commands.main import main
from stafett.injected import new_id, now
from stafett.service.settings import ServiceSettings

Services = dict[str, dict[str, Any]]

BROKERS = ("nats-1", "nats-2", "nats-3")
SECRET = re.compile(r"password|secret|token|credential|seed|key", re.IGNORECASE)


def once(service: dict[str, Any]) -> bool:
    """Whether a service does its work and ends."""
    return bool(service["restart"] == "no")


def agencies(services: Services) -> dict[str, dict[str, Any]]:
    """The services that are agencies, by the agency that they serve."""
    return {
        service["command"][1]: service for service in services.values() if service.get("command", [""])[0] == "serve"
    }


def mounted(service: dict[str, Any], source: str = "provisioned") -> list[dict[str, Any]]:
    """The parts of a volume that a service mounts."""
    return [mount for mount in service["volumes"] if isinstance(mount, dict) and mount["source"] == source]


def test_it_follows_the_compose_specification(root: Path) -> None:
    """The published schema accepts the file."""
    subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", root / "compose.yaml"],
        check=True,
    )


def test_every_kind_of_agency_has_its_service(services: Services) -> None:
    """An agency that is added to the tree is not forgotten in production."""
    assert {mandate_of(agency).kind for agency in agencies(services)} == set(mandates())


def test_every_service_is_watched_or_ends(services: Services, root: Path) -> None:
    """Whatever stays has a health check, and whatever ends is waited for."""
    image_is_watched = "HEALTHCHECK" in (root / "Dockerfile").read_text()
    for name, service in services.items():
        if once(service):
            waiting = [other["depends_on"].get(name) for other in services.values() if "depends_on" in other]
            assert {"condition": "service_completed_successfully"} in waiting, name
        else:
            ours = service["image"].startswith("stafett:") and image_is_watched
            assert "test" in service["healthcheck"] or ours, name


def test_what_stays_is_waited_for_until_it_is_healthy(services: Services) -> None:
    """No service begins before those that it needs are ready."""
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if once(services[needed]) else "service_healthy"
            assert how == {"condition": expected}, (name, needed)


def test_every_image_is_pinned(services: Services) -> None:
    """The same file brings the same versions."""
    for name, service in services.items():
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?", service["image"]), name


def test_the_image_is_made_once_and_never_asked_of_a_registry(services: Services) -> None:
    """By one service, which all that use it wait for."""
    ours = {name: service for name, service in services.items() if service["image"].startswith("stafett:")}
    assert [name for name, service in services.items() if "build" in service] == ["provision"]
    assert {service["pull_policy"] for service in ours.values()} == {"never"}

    def waits_for(name: str) -> set[str]:
        needed = set(services[name].get("depends_on", {}))
        return needed.union(*map(waits_for, needed))

    assert all("provision" in waits_for(name) for name in ours if name != "provision")


def test_the_guard_has_the_operators_part_alone(services: Services, root: Path, tmp_path: Path) -> None:
    """No agency's keys; and it can be told from its file that it works."""
    (mount,) = mounted(services["guard"])
    assert (mount["target"], mount["volume"]["subpath"]) == ("/run/stafett/broker", "broker")
    alive = next(word for word in services["guard"]["entrypoint"] if word.startswith("--alive="))
    assert alive.removeprefix("--alive=") in services["guard"]["healthcheck"]["test"][-1]


def test_no_secret_is_written_in_it(services: Services) -> None:
    """What sounds like a secret is a file's path; nothing that looks like a key or a random text stands in a value."""
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                assert variable.endswith("_FILE"), (name, variable)
                assert value.startswith("/run/"), (name, variable)
            assert not re.search(r"[A-Za-z0-9+/]{40}|BEGIN|://[^/]*:[^/]*@", value), (name, variable)


def test_an_agency_mounts_what_is_its_own(services: Services) -> None:
    """Its home, its database password and what is public; never another's. Its home can be written, nothing else."""
    for agency, service in agencies(services).items():
        own = {"root.pub", f"agencies/{agency}", f"databases/{agency}"}
        assert {mount["volume"]["subpath"] for mount in mounted(service)} == own
        for mount in mounted(service):
            writable = mount["volume"]["subpath"] == f"agencies/{agency}"
            assert mount.get("read_only", False) is not writable, (agency, mount)


def test_an_erasure_can_replace_the_vaults_key(services: Services, root: Path, tmp_path: Path) -> None:
    """The user of the image is who provisioned the home, and writes there; read-only, the service would not start."""
    assert re.findall(r"^USER (.*)", (root / "Dockerfile").read_text(), re.MULTILINE) == ["10001:10001"]
    assert all("user" not in services[name] for name in ("provision", "stream", *agencies(services)))
    layout = provision(tmp_path, {agency: mandate_of(agency) for agency in agencies(services)}, now())
    for agency in agencies(services):
        home = layout.home(agency)
        assert home.stat().st_mode & 0o700 == 0o700
        vault = Vault.load(home / "vault.key")
        vault.require_replaceable()
        assert vault.rotated().keeping_only().newest == Vault.load(home / "vault.key").newest != vault.newest


def test_a_home_that_cannot_be_written_keeps_the_service_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than fail at an erasure; unless a secret manager holds the vault's keys, and replaces them."""
    layout = provision(tmp_path, {"police": mandate_of("police")}, now())
    monkeypatch.setattr("os.access", lambda *_: False)  # what a read-only mount answers, to root too
    settings = BusSettings("police", layout.home("police"), layout.root, (), ())
    with pytest.raises(StoreError, match="mount it writable, or hold the key in STAFETT_VAULT_KEY"):
        Node(settings, mandate_of("police"), now=now, new_id=new_id)
    held = {"STAFETT_VAULT_KEY": base64.b64encode(bytes(32)).decode()}
    node = Node(replace(settings, secrets=held), mandate_of("police"), now=now, new_id=new_id)
    asyncio.run(node.store.close())


def test_what_is_mounted_is_what_provisioning_writes(services: Services, root: Path, tmp_path: Path) -> None:
    """Every part that a container mounts exists when it starts."""
    command = services["provision"]["entrypoint"][1:] + services["provision"]["command"]
    assert main([word.replace("/run/stafett", str(tmp_path)) for word in command]) == 0
    subprocess.run([root / "deploy/passwords.sh", tmp_path / "databases", *agencies(services)], check=True)
    for name, service in services.items():
        for mount in mounted(service):
            assert (tmp_path / mount["volume"]["subpath"]).exists(), (name, mount)
    assert Layout(tmp_path).broker_trust == tmp_path / mounted(services["nats-1"])[0]["volume"]["subpath"]


def test_all_agencies_are_admitted(services: Services) -> None:
    """Keys, passwords and rights are made for exactly the agencies that run."""
    for name in ("provision", "passwords", "stream"):
        assert services[name]["command"] == list(agencies(services)), name


def test_an_agency_finds_every_setting(services: Services, tmp_path: Path) -> None:
    """The service reads its whole configuration from what is set here."""
    (tmp_path / "password").write_text("of the database")
    for agency, service in agencies(services).items():
        password = {"STAFETT_POSTGRES_PASSWORD_FILE": str(tmp_path / "password")}
        settings = ServiceSettings.from_environment(agency, service["environment"] | password)
        assert len(settings.bus.servers) == len(settings.bus.monitors) == 3
        assert settings.bus.store["POSTGRES_DBNAME"] == settings.bus.store["POSTGRES_USER"] == agency


def test_the_log_is_kept_three_times(services: Services) -> None:
    """Three brokers, each with a disk of its own, and a stream of three replicas."""
    assert "--replicas=3" in services["stream"]["entrypoint"]
    disks = {services[broker]["volumes"][0] for broker in BROKERS}
    assert disks == {f"{broker}:/data" for broker in BROKERS}
    assert {services[broker]["environment"]["NATS_NAME"] for broker in BROKERS} == set(BROKERS)


def test_routes_stay_among_the_brokers(services: Services) -> None:
    """Whoever reaches a route is a broker: no other container is on that network."""
    assert {name for name, service in services.items() if "routes" in service.get("networks", ())} == set(BROKERS)
    for broker in BROKERS:
        assert services[broker]["networks"]["routes"]["aliases"] == [f"{broker}.routes"]
        assert services[broker]["environment"]["NATS_CLUSTER"] == f'"{broker}.routes:6222"'


@pytest.mark.parametrize("name", ["nats-1", "police", "provision"])
def test_containers_have_no_more_rights_than_they_need(services: Services, name: str) -> None:
    """A file system that cannot be written and no capability."""
    assert services[name]["read_only"] is True
    assert services[name]["cap_drop"] == ["ALL"]


def test_nothing_listens_to_the_world(services: Services) -> None:
    """Ports are published on this machine alone; a proxy with TLS stands before them."""
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert len(published) == len(set(published)) == len(agencies(services))
    assert all(port.startswith("127.0.0.1:") for port in published)
