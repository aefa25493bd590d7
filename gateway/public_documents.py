"""The documents of a service that may do what any agency may, kept in `docs/published/` so that a break is seen.

    python -m gateway.public_documents --write [--breaking] | --check

Programs generate clients from these files. `--check` fails when the code no longer says what they say, and tells which
changes break callers. `--write` refuses a break unless `--breaking` is given too: `docs/releasing.md` says when it may.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.app import routes
from gateway.documents import asyncapi, openapi
from gateway.documents.compatibility import breaks_of_asyncapi, breaks_of_openapi
from gateway.documents.described import Described

FOLDER: Final = Path(__file__).parents[1] / "docs" / "published"

_Json = Mapping[str, Any]
_BREAKS: Final[Mapping[str, Callable[[_Json, _Json], list[str]]]] = {
    "openapi.json": breaks_of_openapi,
    "asyncapi.json": breaks_of_asyncapi,
}


def documents() -> dict[str, str]:
    """Each document of `docs/published/` as the code has it now, by its file's name."""
    everybody = Described.of_everybody()
    made = {
        "openapi.json": openapi.document(routes(with_statistics=True), everybody),
        "asyncapi.json": asyncapi.document(everybody),
    }
    as_sent = {name: orjson.loads(orjson.dumps(document)) for name, document in made.items()}
    return {name: json.dumps(document, ensure_ascii=False, indent=1) + "\n" for name, document in as_sent.items()}


def breaks(name: str, before: str, after: str) -> list[str]:
    """What of a document breaks those who rely on the one before. `name`: its file's name."""
    return _BREAKS[name](json.loads(before), json.loads(after))


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Write the documents, or check them: say what has changed, and return 1."""
    parser = argparse.ArgumentParser(prog="python -m gateway.public_documents", description=__doc__)
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--write", action="store_true", help="write the documents")
    wish.add_argument("--check", action="store_true", help="fail when a document is missing or differs")
    parser.add_argument("--breaking", action="store_true", help="write them although they break callers")
    given = parser.parse_args(arguments)
    status = 0
    for name, text in documents().items():
        path = folder / name
        before = path.read_text(encoding="utf-8") if path.is_file() else None
        found = [] if before in (None, text) else breaks(name, str(before), text)
        for one in found:
            sys.stderr.write(f"{name}: breaks callers: {one}\n")
        if given.write and (given.breaking or not found):
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif before != text:
            status = 1
            sys.stderr.write(f"{name} differs from the code: run with --write\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
