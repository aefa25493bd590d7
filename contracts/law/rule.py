"""Rules of the referral mechanism: what each one says, where it stands, and how a refusal reads.

A rule is a pure function of the case so far, the event and its provenance; it answers with what is missing, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from contracts.event.case_event import CaseEvent, Provenance

if TYPE_CHECKING:
    from contracts.view.case_view import CaseView
from contracts.vocabulary.wording import Wording

REFERRAL_AND_ASSISTANCE: Final = "Sweden: referral and assistance"
"""The title by which rules cite the page on the Swedish national referral mechanism."""

NOT_IN_THE_SOURCES: Final = "Not in the sources"


@dataclass(frozen=True)
class Missing:
    """A thing that an event lacks to be lawful, and who can supply it (agency ids, kinds or roles, in plain words)."""

    what: Wording
    supplied_by: tuple[str, ...] = ()


def missing(en: str, sv: str, *supplied_by: str) -> Missing:
    """A `Missing` from its English and its Swedish sentence, and those who can supply it."""
    return Missing(Wording(en, sv), supplied_by)


class Check(Protocol):
    """A rule's test: the case before the event, the event, where it comes from."""

    def __call__(self, case: CaseView, event: Any, by: Provenance, /) -> Missing | None: ...


@dataclass(frozen=True)
class Rule:
    """A rule with its id (R1 to R24), its wording, its source, and the events that it judges.

    Several rules may carry the same id: together they are what that rule of the mechanism says. R21, on joint
    inspections, is the sources' without being among the twenty; R22 and R23 are on
    erasure and on the directory. A rule that judges no event is only stated.
    """

    id: str
    wording: Wording
    source: str
    judges: tuple[type[CaseEvent], ...]
    check: Check


@dataclass(frozen=True)
class Refusal:
    """Why an event may not be issued: the rule and what is missing."""

    rule: Rule
    missing: Missing


def rule(id: str, *judges: type[CaseEvent], en: str, sv: str, source: str) -> Callable[[Check], Rule]:
    """Turn a check into a rule."""

    def declare(check: Check) -> Rule:
        return Rule(id, Wording(en, sv), source, judges, check)

    return declare


def stated(id: str, *, en: str, sv: str, source: str) -> Rule:
    """A rule that refuses no event: a pure function beside it says what follows from it."""

    def check(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
        return None

    return Rule(id, Wording(en, sv), source, (), check)


def mandate(id: str, *judges: type[CaseEvent], en: str, sv: str, source: str) -> Rule:
    """The rule that only the kinds of agency which an event names as its issuers may issue it."""

    def check(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
        if by.kind in event.issuers:
            return None
        name = type(event).__name__
        return missing(
            f"{name} is outside the mandate of an agency of the kind {by.kind}.",
            f"{name} ligger utanför uppdraget för en aktör av slaget {by.kind}.",
            *sorted(event.issuers),
        )

    return Rule(id, Wording(en, sv), source, judges, check)
