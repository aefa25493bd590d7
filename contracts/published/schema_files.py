"""The JSON Schema (draft 2020-12) of every event's current version, kept as files in `contracts/published/schemas/`.

    python -m contracts.published.schema_files --write | --check

A published version's file never changes: a change to an event is a new version with a new file beside the old one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pydantic.json_schema import JsonSchemaValue

from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from contracts.event.published_event import PublishedEvent

FOLDER: Final = Path(__file__).parent / "schemas"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


@cache
def published() -> Mapping[str, bytes]:
    """Every published schema, of current and of earlier versions, by its name, such as `VictimDetected.v1`."""
    return {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.json"))}


def schema(event: type[PublishedEvent]) -> JsonSchemaValue:
    """An event's schema, identified by its `schema_uri` and carrying its canonical example."""
    return {"$schema": DRAFT, "$id": event.schema_uri(), **event.model_json_schema(mode="validation")}


def schema_files() -> dict[Path, str]:
    """The path and the text of every schema file as the code has it now."""
    return {
        FOLDER / f"{event.__name__}.v{event.version}.json": json.dumps(schema(event), ensure_ascii=False, indent=2)
        + "\n"
        for event in (*EVENTS.values(), *DIRECTORY_EVENTS.values())
    }


def drifted() -> list[Path]:
    """The files that are missing or differ from the code."""
    return [
        path for path, text in schema_files().items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or check them: name those that differ from the code, and return 1."""
    parser = argparse.ArgumentParser(prog="python -m contracts.published.schema_files", description=__doc__)
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--write", action="store_true", help="write every schema")
    wish.add_argument("--check", action="store_true", help="fail when a file is missing or differs")
    if parser.parse_args(arguments).write:
        FOLDER.mkdir(exist_ok=True)
        for path, text in schema_files().items():
            path.write_text(text, encoding="utf-8")
        return 0
    found = drifted()
    for path in found:
        sys.stderr.write(f"{path.name} differs from the code: publish a new version, or run with --write\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
