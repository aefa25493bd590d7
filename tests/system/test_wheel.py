"""The wheel works without its checkout: each way of installing, in a clean environment, from another folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

_ROOT = Path(__file__).parents[2]
_UV = Path(sys.executable).with_name("uv")
_WITHIN = 120.0


class Installed:
    """A clean environment into which the wheel was installed, and a folder outside the checkout."""

    def __init__(self, folder: Path, wheel: str, versions: Path) -> None:
        self.folder = folder
        foreign = ("PYTHON", "STAFETT", "VIRTUAL")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        subprocess.run([_UV, "venv", "--quiet", "--python", sys.executable, folder / "env"], check=True)
        python = folder / "env" / "bin" / "python"
        install: list[str | Path] = [_UV, "pip", "install", "--quiet", "--python", python]
        subprocess.run([*install, "--constraint", versions, wheel], check=True, cwd=folder)

    def start(self, program: str, *arguments: str) -> subprocess.Popen[str]:
        """Start one of its programs, with all that it prints in one pipe."""
        return subprocess.Popen(
            [self.folder / "env" / "bin" / program, *arguments],
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, program: str, *arguments: str) -> tuple[int, str]:
        """The exit status of one of its programs, and what it printed."""
        process = self.start(program, *arguments)
        printed, _ = process.communicate(timeout=_WITHIN)
        return process.returncode, printed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel as it would be published, and the versions that are locked."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([_UV, "build", "--quiet", "--wheel", "--out-dir", folder, _ROOT], check=True)
    versions = folder / "versions.txt"
    export = ["export", "--quiet", "--frozen", "--no-dev", "--all-extras", "--no-emit-project", "--no-hashes"]
    subprocess.run([_UV, *export, "--output-file", versions], check=True, cwd=_ROOT, stdout=subprocess.DEVNULL)
    return next(folder.glob("stafett-*.whl")), versions


@pytest.fixture(scope="module")
def alone(wheel: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`pip install stafett`."""
    path, versions = wheel
    return Installed(tmp_path_factory.mktemp("alone"), f"stafett @ {path.as_uri()}", versions)


@pytest.fixture(scope="module")
def client(wheel: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`pip install stafett[client]`."""
    path, versions = wheel
    return Installed(tmp_path_factory.mktemp("client"), f"stafett[client] @ {path.as_uri()}", versions)


@pytest.fixture(scope="module")
def server(wheel: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`pip install stafett[server]`."""
    path, versions = wheel
    return Installed(tmp_path_factory.mktemp("server"), f"stafett[server] @ {path.as_uri()}", versions)


def test_contracts_need_no_server(alone: Installed) -> None:
    """The public door opens without a broker, web server or cipher, and its examples run."""
    program = (
        "import doctest, stafett, stafett.events, stafett.testing as t; print(stafett.Mandate, doctest.testmod(t))"
    )
    status, printed = alone.run("python", "-c", program)
    assert (status, "failed=0" in printed) == (0, True), printed
    installed = subprocess.run(
        [_UV, "pip", "freeze", "--python", alone.folder / "env"], check=True, capture_output=True, text=True
    ).stdout
    assert not any(name in installed for name in ("fastapi", "nats", "cryptography", "httpx", "psycopg")), installed


def test_the_client_needs_an_http_library_and_no_server(client: Installed) -> None:
    """Nor a cipher; its examples run."""
    program = "import doctest, stafett.client as c, stafett.client.webhooks as w; print(*map(doctest.testmod, (c, w)))"
    status, printed = client.run("python", "-c", program)
    assert (status, printed.count("failed=0")) == (0, 2), printed
    installed = subprocess.run(
        [_UV, "pip", "freeze", "--python", client.folder / "env"], check=True, capture_output=True, text=True
    ).stdout
    assert not any(name in installed for name in ("fastapi", "nats", "cryptography", "psycopg", "orjson")), installed


def test_a_command_without_its_libraries_is_one_plain_line(alone: Installed) -> None:
    """Help is there; what cannot run says what to install."""
    assert alone.run("stafett", "--help")[0] == 0
    status, printed = alone.run("stafett", "demo")
    assert status == 2
    assert "pip install 'stafett[server]'" in printed
    assert len(printed.splitlines()) == 1


def test_a_program_that_imports_it_is_type_checked(alone: Installed) -> None:
    """By the types that the wheel carries."""
    program = alone.folder / "program.py"
    program.write_text("import stafett\n\nreveal_type(stafett.Mandate(kind=stafett.AgencyKind.POLICE).kind)\n")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", alone.folder / "env" / "bin" / "python", program],
        capture_output=True,
        text=True,
        cwd=alone.folder,
        check=False,
    )
    assert 'Revealed type is "contracts.vocabulary.agencies.AgencyKind"' in checked.stdout, checked.stdout


def test_the_whole_bus_runs_from_it(server: Installed) -> None:
    """`stafett up` plays the sample cases, and ends by Ctrl-C."""
    process = server.start("stafett", "up", "--first-port", "0")
    printed: list[str] = []
    up = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            printed.append(line)
            if "Stop with Ctrl-C" in line:
                up.set()
        up.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert up.wait(_WITHIN)
        assert "all agree" in "".join(printed)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        status = process.wait(30)
        reader.join()
    assert status == 0, "".join(printed)
