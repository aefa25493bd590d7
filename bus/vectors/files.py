"""The files of the vectors in `contracts/vectors/`: one for each step, and one that says in which part an event lies.

    python -m bus.vectors --write | --check

The files follow from the code, but for what HPKE wrapped: that is kept as it was published, while it opens.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import contracts
from bus.vectors import about_content, about_grants, about_messages, about_the_log
from bus.vectors.about_grants import wrapping
from bus.vectors.steps import STEPS, RefusedStepError
from bus.vectors.world import Example
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS

FOLDER: Final = Path(contracts.__file__).parent / "vectors"
EVENTS_FILE: Final = FOLDER / "events.json"

_HPKE: Final = "hpke"
_RANDOMISED: Final = frozenset({_HPKE, "grant", "granting"})


def vector_files() -> dict[Path, str]:
    """Return the path and the text of every file as the code has it now."""
    published = FOLDER / f"{_HPKE}.json"
    wrap = wrapping(json.loads(published.read_bytes()) if published.exists() else {})
    files = {EVENTS_FILE: _text(events())}
    for step in STEPS:
        examples: Callable[..., Iterable[Example]] = _examples_of(step)
        files[FOLDER / f"{step}.json"] = _text(_vectors(step, examples(wrap) if step in _RANDOMISED else examples()))
    return files


def _examples_of(step: str) -> Callable[..., Iterable[Example]]:
    name = step.replace("-", "_")
    where = (about_messages, about_the_log, about_grants, about_content)
    found: Callable[..., Iterable[Example]] = next(getattr(module, name) for module in where if hasattr(module, name))
    return found


def _vectors(step: str, examples: Iterable[Example]) -> dict[str, Any]:
    says = (STEPS[step].__doc__ or "").strip()
    return {"step": step, "says": " ".join(says.split()), "vectors": [_vector(step, each) for each in examples]}


def _vector(step: str, example: Example) -> dict[str, Any]:
    """Return an example with its result. Raises ValueError when the code refuses it for another reason, or takes it."""
    try:
        result, refused = STEPS[step](example.given), None
    except RefusedStepError as error:
        result, refused = {}, error.reason
    if refused != example.refused:
        raise ValueError(f"{step}, {example.name}: {refused} instead of {example.refused}")
    outcome = {"result": result} if refused is None else {"refused": refused}
    return {"name": example.name, "given": example.given, **outcome}


def events() -> dict[str, Any]:
    """Return each event's type, and in which part of the case which of its fields lie."""
    case = {
        name: {
            "type": event.type_name(),
            "schema": event.schema_uri(),
            "sealed": event.sealed,
            "compartment": event.part.compartment,
            "details": sorted(event.details),
        }
        for name, event in sorted(EVENTS.items())
    }
    directory = {
        name: {"type": event.type_name(), "schema": event.schema_uri()}
        for name, event in sorted(DIRECTORY_EVENTS.items())
    }
    return {"case": case, "directory": directory}


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def drifted() -> list[Path]:
    """Return the files that are missing, that differ from the code, or that belong to no step."""
    files = vector_files()
    wrong = [path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    return wrong + sorted(set(FOLDER.glob("*.json")) - set(files))


def write() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for path, text in vector_files().items():
        path.write_text(text, encoding="utf-8")
