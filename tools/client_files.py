"""Writes the generated half of `stafett.client` from the published OpenAPI document.

    python tools/client_files.py --write | --check

`answers.py` has a model for each schema that an answer needs, `operations.py` a function for each operation. Codes are
texts in both, since a later release may have more of them. The operations that are more than one request and one answer
are written by hand, and so are the schemas that hold events: they are left out here.

The file has over 250 lines because it is one program: how the document is read, and how each file is written.
"""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "published" / "openapi.json"
FOLDER = ROOT / "stafett" / "client"

_Json = Mapping[str, Any]

WRITTEN = ("HistoricEvent", "History", "NeedsAttention", "ShownRecord", "Text", "Wording")
"""The schemas that `stafett.client.received` has, and the two that are one class of the contracts."""

BY_HAND = {"open_case", "issue_event", "issue_directory_event", "record_personal_details", "read_feed"}
NOT_JSON = {
    "stream_feed",
    "stream_live_updates",
    "read_metrics",
    "release_kept_records",
    "read_openapi",
    "read_asyncapi",
    "read_schema",
}
FOR_PEOPLE = {"read_offer_outside", "answer_offer_outside"}
SAFE_AGAIN = {"finish_task", "dismiss_event", "change_webhook"}
"""The operations that change something, take no key, and are safe to send again."""

NOT_SHOWN = {"WebhookSecret": ("secret",), "HandedOut": ("code",), "OfferForm": ("code", "link", "text")}
"""The members that open something: `repr` does not show them."""

HEADERS = {
    "If-Match": "if_match",
    "traceparent": "traceparent",
    "X-Correlation-ID": "correlation_id",
    "X-Causation-ID": "causation_id",
    "Idempotency-Key": "key",
}
_SIMPLE = {"string": "str", "integer": "int", "boolean": "bool", "number": "float", "object": "dict[str, Any]"}
_FORMATS = {"date": "date", "date-time": "datetime"}
_LIST_OF = re.compile(r"(Page|Listing)_(\w+)_")


class Document:
    """The OpenAPI document, and the schemas that its answers need."""

    def __init__(self, content: _Json) -> None:
        self.content = content
        self.schemas: _Json = content["components"]["schemas"]

    def operations(self) -> Iterator[tuple[str, str, _Json]]:
        """The operations that are generated: path, method, operation."""
        for path, methods in self.content["paths"].items():
            for method, operation in methods.items():
                left_out = BY_HAND | NOT_JSON | FOR_PEOPLE
                if isinstance(operation, dict) and operation.get("operationId") not in (None, *left_out):
                    yield path, method.upper(), operation

    def kinds(self, operation: _Json) -> dict[int, str]:
        """The model of each good answer in JSON, by its status."""
        answers = {
            int(status): answer["content"]["application/json"]["schema"]["$ref"]
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        }
        return {status: type_named(reference) for status, reference in sorted(answers.items())}

    def needed(self) -> list[str]:
        """The names of the schemas that are models: those that the answers name, and what these hold."""
        found: set[str] = set()
        methods = (one for path in self.content["paths"].values() for one in path.values() if isinstance(one, dict))
        asked = [one for one in methods if one.get("operationId") not in (None, "read_feed", *NOT_JSON, *FOR_PEOPLE)]
        left = [name for one in asked for name in references(one["responses"])]
        while left:
            name = left.pop()
            if name not in found and name in self.schemas and name not in (*WRITTEN, "Problem", "Refusal", "Invalid"):
                found.add(name)
                left += references(self.schemas[name])
        return sorted(name for name in found if "properties" in self.schemas[name] and not _LIST_OF.fullmatch(name))

    def type_of(self, schema: _Json) -> str:
        """The Python type of what fits a schema."""
        if "$ref" in schema:
            named = self.schemas[schema["$ref"].rpartition("/")[2]]
            return "str" if "enum" in named else type_named(schema["$ref"]) if named else "Any"
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            kinds = dict.fromkeys(self.type_of(one) for one in choices)
            return " | ".join(sorted(kinds, key=lambda kind: kind == "None"))
        if schema.get("type") == "array":
            return f"tuple[{self.type_of(schema.get('items', {}))}, ...]"
        if schema.get("type") == "null":
            return "None"
        if schema.get("type") == "object":
            return f"dict[str, {self._value(schema)}]"
        return _FORMATS.get(schema.get("format", "")) or _SIMPLE.get(str(schema.get("type")), "Any")

    def _value(self, schema: _Json) -> str:
        more = schema.get("additionalProperties")
        patterns = schema.get("patternProperties")
        one = next(iter(patterns.values())) if patterns else more
        return self.type_of(one) if isinstance(one, dict) and one else "Any"


def references(part: Any) -> list[str]:
    """The names of the schemas to which a part of the document refers."""
    if isinstance(part, dict):
        own = [part["$ref"].rpartition("/")[2]] if isinstance(part.get("$ref"), str) else []
        return own + [
            name for key, one in part.items() if key not in ("examples", "example") for name in references(one)
        ]
    return [name for one in part for name in references(one)] if isinstance(part, list) else []


def type_named(reference: str) -> str:
    """The Python type for a reference to a schema."""
    name = reference.rpartition("/")[2]
    of = _LIST_OF.fullmatch(name)
    return f"{of[1]}[{of[2]}]" if of else "Wording" if name == "Text" else name


def docstring(text: str, indent: str) -> str:
    """A docstring of some paragraphs."""
    paragraphs = [" ".join(one.split()) for one in text.split("\n\n") if one.strip()]
    width = 118 - len(indent)
    lines = ["\n".join(textwrap.wrap(one, width - 3)) for one in paragraphs]
    if len(lines) == 1 and len(lines[0]) <= width - 6:
        return f'{indent}"""{lines[0]}"""\n'
    body = "\n\n".join(lines).replace("\\", "\\\\")
    return textwrap.indent(f'"""{body}\n"""', indent, lambda line: bool(line.strip())) + "\n"


def answers(document: Document) -> str:
    """The content of `answers.py`."""
    parts = [
        '"""The answers of a service. Generated from docs/published/openapi.json, so it has over 250 lines.\n\n'
        '    python tools/client_files.py --write\n"""\n\n'
        "from __future__ import annotations\n\nfrom datetime import date, datetime\nfrom typing import Any\n\n"
        "from pydantic import Field\n\nfrom contracts.vocabulary.wording import Wording\n"
        "from stafett.client.received import Received, ShownRecord\n"
    ]
    for name in document.needed():
        schema = document.schemas[name]
        about = schema.get("description") or f"{' '.join(re.findall('[A-Z][a-z]*|[a-z]+', name)).capitalize()}."
        lines = [f"class {name}(Received):\n{docstring(about, '    ')}\n"]
        lines += [field(document, schema, *one) for one in schema["properties"].items()]
        parts.append("".join(lines))
    return "\n\n".join(parts)


def field(document: Document, schema: _Json, name: str, about: _Json) -> str:
    """One member of a model."""
    kind = document.type_of(about)
    default = ""
    if name not in schema.get("required", ()):
        value = about.get("default")
        default = f" = {tuple(value) if isinstance(value, list) else value!r}"
        if value is None and "None" not in kind and kind != "Any":
            kind += " | None"
    hidden = " = Field(repr=False)" if name in NOT_SHOWN.get(schema.get("title", ""), ()) else default
    return f"    {python_name(name)}: {kind}{hidden}\n"


def operations(document: Document) -> str:
    """The content of `operations.py`."""
    found = sorted(document.operations(), key=lambda one: str(one[2]["operationId"]))
    functions = [function(document, *one) for one in found]
    text = "".join(functions)
    models = sorted(name for name in document.needed() if re.search(rf"\b{name}\b", text))
    written = sorted(name for name in ("HistoricEvent", "History", "Listing", "NeedsAttention", "Page") if name in text)
    parts = [
        '"""The calls of a service. Generated from docs/published/openapi.json, so it has over 250 lines.\n\n'
        '    python tools/client_files.py --write\n"""\n\n'
        "from __future__ import annotations\n\nfrom collections.abc import Sequence\n"
        "from datetime import date, datetime\n\n"
        f"from stafett.client.answers import {', '.join(models)}\n"
        "from stafett.client.asking import Call, new_key, path_of, sent\n"
        f"from stafett.client.received import {', '.join(written)}\n"
    ]
    names = "".join(f'    "{operation["operationId"]}",\n' for _, _, operation in found)
    return "\n\n".join([*parts, f"__all__ = [\n{names}]\n", *functions])


def function(document: Document, path: str, method: str, operation: _Json) -> str:
    """The function of one operation."""
    name = operation["operationId"]
    parameters = operation.get("parameters", [])
    of_path = [one["name"] for one in parameters if one["in"] == "path"]
    asked = [one for one in parameters if one["in"] == "query"]
    headers = {one["name"]: HEADERS[one["name"]] for one in parameters if one["name"] in HEADERS}
    members = body_of(document, operation)
    keyed = "Idempotency-Key" in headers
    kinds = document.kinds(operation)
    result = " | ".join(dict.fromkeys(kinds.values()))
    given = [f"{one}: str" for one in of_path]
    named = [parameter(document, one["name"], one["schema"], one.get("required", False)) for one in asked]
    named += [parameter(document, one, about, needed) for one, (about, needed) in members.items()]
    named += [f"{one}: str | None = None" for one in headers.values()]
    named.sort(key=lambda one: "=" in one)
    signature = ", ".join([*given, *(["*", *named] if named else [])])
    arguments = [f'"{method}"', path_call(path, of_path)]
    if asked:
        arguments.append(f"query={{{', '.join(pair(one['name']) for one in asked)}}}")
    if headers:
        pairs = [f'"{header}": {"key or new_key()" if one == "key" else one}' for header, one in headers.items()]
        arguments.append(f"headers={{{', '.join(pairs)}}}")
    if "requestBody" in operation:
        arguments.append(f"body={{{', '.join(map(pair, members))}}}")
    arguments.append(f"repeatable={method == 'GET' or keyed or name in SAFE_AGAIN}")
    by_status = ", ".join(f"{status}: {kind}" for status, kind in kinds.items())
    return (
        f"def {name}({signature}) -> Call[{result}]:\n{docstring(operation['description'], '    ')}"
        f"    return Call({sent_call(arguments)}, {{{by_status}}})\n"
    )


def sent_call(arguments: list[str]) -> str:
    """The expression that makes the request."""
    return f"sent({', '.join(arguments)})"


def path_call(path: str, of_path: list[str]) -> str:
    """The expression of a path."""
    if not of_path:
        return f'"{path}"'
    return f'path_of("{path}", {", ".join(f"{one}={one}" for one in of_path)})'


def body_of(document: Document, operation: _Json) -> dict[str, tuple[_Json, bool]]:
    """The members of a body, each with its schema and whether it must be there."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return {}
    schema = content["schema"]
    schema = document.schemas[references(schema)[0]] if "$ref" in schema else schema
    return {name: (about, name in schema.get("required", ())) for name, about in schema["properties"].items()}


def parameter(document: Document, name: str, schema: _Json, needed: bool) -> str:
    """One parameter of a function. Sequences and texts are taken as they come."""
    kind = document.type_of(schema).replace("tuple[", "Sequence[").replace(", ...]", "]")
    safe = python_name(name)
    if needed:
        return f"{safe}: {kind}"
    return f"{safe}: {kind.removesuffix(' | None')} | None = None"


def pair(name: str) -> str:
    """A member of a dictionary, from the parameter of its name."""
    return f'"{name}": {python_name(name)}'


def python_name(name: str) -> str:
    """A name that Python takes."""
    return f"{name}_" if keyword.iskeyword(name) else name


def formatted(text: str) -> str:
    """The text as the formatter leaves it, without imports that nothing needs."""
    ours = 'lint.isort.known-first-party=["contracts", "stafett"]'
    sorts = ["check", "--quiet", "--fix", "--select", "I,F401", "--config", ours]
    for command in (sorts, ["format", "--quiet"]):
        run = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(FOLDER / "made.py"), "-"]
        text = subprocess.run(run, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout  # noqa: S603
    return text


def files() -> dict[Path, str]:
    """Each file, as the document has it now."""
    document = Document(json.loads(DOCUMENT.read_text(encoding="utf-8")))
    made = {"answers.py": answers(document), "operations.py": operations(document)}
    return {FOLDER / name: formatted(text) for name, text in made.items()}


def main(arguments: list[str]) -> int:
    """Write the files, or check them: name those that differ, and return 1."""
    if arguments not in (["--write"], ["--check"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    status = 0
    for path, text in files().items():
        if arguments == ["--write"]:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            status = 1
            sys.stderr.write(f"{path.relative_to(ROOT)} differs from the document: run with --write\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
