"""The documents of every kind of agency, before the official AsyncAPI parser and before a linter of OpenAPI.

Both are programs of Node, which `make` installs beside Python's libraries.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from bus.mandate import Mandate
from contracts.vocabulary.agencies import AgencyKind
from gateway import public_documents
from gateway.app import routes
from gateway.documents import asyncapi, openapi
from gateway.documents.described import Described
from services import mandates

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tools" / "node"
INSTALLED = ROOT / ".venv" / "node" / "node_modules"


@pytest.fixture(scope="module")
def node() -> Mapping[str, str]:
    """The environment in which Node finds its packages, installed."""
    subprocess.run(["make", "--no-print-directory", ".venv/node/.ready"], cwd=ROOT, check=True, timeout=300)
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "NODE_PATH": str(INSTALLED), "REDOCLY_TELEMETRY": "off"}


def of_kind(kind: AgencyKind, mandate: Mandate) -> Described:
    """The service of an agency of a kind."""
    return Described(
        agency=str(kind),
        kind=kind,
        roles=mandate.roles,
        directory_roles=mandate.directory_roles,
        readers=frozenset({"caseworker"}),
        servers=("tls://nats-1.example:4222", "tls://nats-2.example:4222"),
        discovery_url="https://login.example/.well-known/openid-configuration",
        token_endpoint="https://login.example/token",
    )


def validated(node: Mapping[str, str], *files: Path) -> list[Any]:
    """What the AsyncAPI parser says of each file."""
    script = ["node", str(TOOLS / "validate_asyncapi.cjs"), *map(str, files)]
    run = subprocess.run(script, env=node, capture_output=True, text=True, timeout=300, check=False)
    return [json.loads(line) for line in run.stdout.splitlines()]


def linted(node: Mapping[str, str], file: Path) -> list[tuple[str, str]]:
    """The rules that Redocly says are broken, and where."""
    program = ["node", str(INSTALLED / "@redocly" / "cli" / "bin" / "cli.js"), "lint"]
    options = ["--config", str(TOOLS / "redocly.yaml"), "--format", "json", "--max-problems", "1000"]
    run = subprocess.run(
        [*program, *options, str(file)], env=node, capture_output=True, text=True, timeout=300, check=False
    )
    problems = json.loads(run.stdout)["problems"]
    return [(problem["ruleId"], problem["location"][0].get("pointer", "")) for problem in problems]


def test_the_official_parser_takes_every_asyncapi_document(node: Mapping[str, str], tmp_path: Path) -> None:
    """Of every kind of agency, and the one of all; it says nothing but that a later version of AsyncAPI exists."""
    files = [public_documents.FOLDER / "asyncapi.json"]
    for kind, mandate in mandates().items():
        files.append(tmp_path / f"{kind}.json")
        files[-1].write_bytes(orjson.dumps(asyncapi.document(of_kind(kind, mandate))))
    told = validated(node, *files)
    assert len(told) == len(files) > 15
    assert {one["file"]: one["diagnostics"] for one in told if one["errors"]} == {}
    assert {each["code"] for one in told for each in one["diagnostics"]} <= {"asyncapi-latest-version"}


def test_the_parser_refuses_a_reference_that_leads_nowhere(node: Mapping[str, str], tmp_path: Path) -> None:
    """As all documents had many of once."""
    document = json.loads((public_documents.FOLDER / "asyncapi.json").read_text())
    del document["components"]["schemas"]["AgeBand"]
    (tmp_path / "broken.json").write_text(json.dumps(document))
    (told,) = validated(node, tmp_path / "broken.json")
    assert told["errors"] and {each["code"] for each in told["diagnostics"]} >= {"invalid-ref"}


def test_every_openapi_document_is_clean(node: Mapping[str, str], tmp_path: Path) -> None:
    """Under Redocly's recommended rules and ours, without a warning, with and without the coordinator's routes."""
    files = [public_documents.FOLDER / "openapi.json"]
    for kind in (AgencyKind.COORDINATOR, AgencyKind.AUDITOR):
        files.append(tmp_path / f"{kind}.json")
        document = openapi.document(
            routes(with_statistics=kind is AgencyKind.COORDINATOR), of_kind(kind, mandates()[kind])
        )
        files[-1].write_bytes(orjson.dumps(document))
    assert {file.name: linted(node, file) for file in files} == {file.name: [] for file in files}


def test_the_linter_finds_what_is_not_clean(node: Mapping[str, str], tmp_path: Path) -> None:
    """An operation without an id, and an example that does not fit its schema."""
    document = json.loads((public_documents.FOLDER / "openapi.json").read_text())
    del document["paths"]["/v1/hotline"]["get"]["operationId"]
    body = document["paths"]["/v1/directory/events"]["post"]["requestBody"]["content"]["application/json"]
    body["examples"]["TrainingHeld"]["value"]["data"]["participants"] = "many"
    (tmp_path / "unclean.json").write_text(json.dumps(document))
    assert {rule for rule, _ in linted(node, tmp_path / "unclean.json")} == {
        "operation-operationId",
        "no-invalid-media-type-examples",
    }
