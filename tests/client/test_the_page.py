"""docs/clients.md: its examples run, one after the other, before a real service."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from harness.served import present, served

from gateway.webhooks import messages
from stafett import client

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
SECRET = b"a secret of thirty-two bytes, no"


def examples() -> str:
    """The Python of the page, with the lines where they stand in it."""
    text = PAGE.read_text()
    blocks = re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    program = ""
    for block in blocks:
        program += "\n" * (text[: block.start(1)].count("\n") - program.count("\n")) + block[1]
    return program


async def test_its_examples_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And print what the page says of them."""
    kept: list[Any] = []
    async with served(tmp_path) as service:
        names: dict[str, Any] = {
            "URL": service.url,
            "TOKEN": service.token,
            "SECRET": messages.written(SECRET),
            "now": present,
            "known": set(),
            "keep": kept.append,
        }
        program = compile(examples(), str(PAGE), "exec")
        await asyncio.to_thread(exec, program, names)
        await names["first_entry"]()
    printed = capsys.readouterr().out
    assert "2 high" in printed and f"a new case {names['case'].case_id} 1" in printed
    assert "Läs ärendet igen" in printed and re.search(r"^R\d+ ", printed, re.MULTILINE)
    assert re.search(r"^[0-9a-f]{16}-\d+$", printed, re.MULTILINE) and names["position"]
    body = b'{"id": "msg_1", "source": "s", "type": "t", "subject": "c", "time": "2024-03-05T08:20:00Z", "data": {}}'
    assert names["receive"](body, messages.signed("msg_1", body, [SECRET], present())) == 204 and len(kept) == 1
    assert names["receive"](body, {}) == 401


def test_every_function_that_the_page_names_is_there() -> None:
    """In `stafett.client`."""
    functions = {
        name
        for row in re.findall(r"^\| (`.*?) \|", PAGE.read_text(), re.MULTILINE)
        for name in re.findall(r"`(\w+)", row)
    }
    assert len(functions) > 10
    assert sorted(name for name in functions if not hasattr(client, name)) == []


def test_its_typescript_is_what_the_compiler_sees() -> None:
    """In a file of the client, which its build compiles."""
    block = re.search(r"^```typescript\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    compiled = (PAGE.parents[1] / "clients" / "typescript" / "example" / "page.ts").read_text()
    assert block is not None and all(part in compiled for part in block[1].split("\n\n", 1))
