"""The mechanism as one page: every event with its issuers, their roles and its rules; and every rule in full.

    python -m contracts.published.mechanism_table --write | --check

`docs/mechanism.md` is generated from the contracts and never edited.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS, CaseEvent, Chapter
from contracts.event.published_event import PublishedEvent
from contracts.law.in_force import RULESETS
from contracts.law.rule import Rule
from contracts.law.ruleset import Ruleset
from contracts.vocabulary.agencies import ANY_AGENCY, Role

PAGE: Final = Path(__file__).parents[2] / "docs" / "mechanism.md"

_HEAD: Final = """\
# The mechanism

Generated from `contracts/` by `python -m contracts.published.mechanism_table --write`; CI fails when it says something
else than the code. An event is judged by the ruleset in force on the day on which it occurred, for ever. A role is
given where it is not any caseworker; `clock` is the coordinator's process manager, `service` an agency's service
itself. Rules that every event meets are not repeated at each: {everywhere}.

"""


def page() -> str:
    """The whole page."""
    everywhere = [rule for rule in _rules() if CaseEvent in rule.judges]
    parts = [_HEAD.format(everywhere=", ".join(dict.fromkeys(_link(rule) for rule in everywhere)))]
    parts += ["## Events\n"]
    for chapter in Chapter:
        events = sorted((event for event in EVENTS.values() if event.chapter is chapter), key=_in_time)
        parts += [f"### {chapter.replace('-', ' ').capitalize()}\n", _table(_EVENT_HEAD, map(_event_row, events))]
    parts += ["### Directory, not about a case\n"]
    parts += [_table(_EVENT_HEAD[:3], ((_named(e), _meaning(e), _issuers(e)) for e in DIRECTORY_EVENTS.values()))]
    parts += ["## Rules\n", _table(("rule", "in plain words", "med vanliga ord", "source", "rulesets"), _rule_rows())]
    return "\n".join(parts)


def _in_time(event: type[CaseEvent]) -> tuple[str, str]:
    """The key that sorts events by the moment of their examples, which form one case; by name when two are equal."""
    return str(event.example["occurred_at"]), event.__name__


_EVENT_HEAD: Final = ("event", "meaning", "issued by", "rules")


def _event_row(event: type[CaseEvent]) -> tuple[str, ...]:
    judging = [rule for rule in _rules() if event in rule.judges]
    return (_named(event), _meaning(event), _issuers(event), ", ".join(dict.fromkeys(map(_link, judging))))


def _rule_rows() -> Iterable[tuple[str, ...]]:
    for rule in sorted(_rules(), key=lambda rule: int(rule.id.removeprefix("R"))):
        yield (
            f'<a id="{rule.id.lower()}"></a>{rule.id}',
            rule.wording.en,
            rule.wording.sv,
            rule.source,
            _rulesets(rule),
        )


def _rulesets(rule: Rule) -> str:
    """The first ruleset with the rule, and the last one where a later ruleset has dropped it."""
    having = [ruleset.id for ruleset in RULESETS if rule in ruleset.rules]
    return f"from {having[0]}" if having[-1] == RULESETS[-1].id else " to ".join(dict.fromkeys((having[0], having[-1])))


def _rules(rulesets: Iterable[Ruleset] = RULESETS) -> list[Rule]:
    """Every rule of every ruleset once, in the order of judging."""
    return list(dict.fromkeys(rule for ruleset in rulesets for rule in ruleset.rules))


def _named(event: type[PublishedEvent]) -> str:
    return f"`{event.__name__}`"


def _meaning(event: type[PublishedEvent]) -> str:
    return " ".join((event.__doc__ or "").split())


def _issuers(event: type[PublishedEvent]) -> str:
    """The kinds that may issue the event, each with its role; `any agency` stands for every kind but the auditor."""
    roles = set(event.roles.values())
    if event.issuers == ANY_AGENCY and len(roles) == 1 and Role.CASEWORKER not in roles:
        return f"any agency ({roles.pop()})"
    plain = [kind for kind, role in event.roles.items() if role is Role.CASEWORKER]
    named = [f"{kind} ({role})" for kind, role in event.roles.items() if role is not Role.CASEWORKER]
    if set(plain) == ANY_AGENCY:
        return "any agency"
    return ", ".join([*plain, *named])


def _link(rule: Rule) -> str:
    return f"[{rule.id}](#{rule.id.lower()})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it: say when it differs from the code, and return 1."""
    parser = argparse.ArgumentParser(prog="python -m contracts.published.mechanism_table", description=__doc__)
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--write", action="store_true", help="write the page")
    wish.add_argument("--check", action="store_true", help="fail when the page is missing or differs")
    if parser.parse_args(arguments).write:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    sys.stderr.write(f"{PAGE.name} differs from the code: run with --write\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
