"""Rules of the referral mechanism: the wording of each, its source, and the form of a refusal.

A rule is a pure function of the case so far, the event and its provenance. It returns what the event lacks, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.time_kept import issuers_then

if TYPE_CHECKING:
    from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyKind
from contracts.vocabulary.parts import Part
from contracts.vocabulary.wording import Wording

REFERRAL_AND_ASSISTANCE: Final = "Sweden: referral and assistance"
"""The title by which rules cite the page on the Swedish national referral mechanism."""

NOT_IN_THE_SOURCES: Final = "Not in the sources"

CONSENT_LIFTS_SECRECY: Final = (
    "Public Access to Information and Secrecy Act (2009:400), chapter 10, section 1, and chapter 12, section 2."
)
"""The law by which an authority may tell another one what the person consents to."""

TO_BE_CHECKED: Final = "to be checked by a lawyer"
"""The mark of a section that nobody who knows the law has confirmed."""


@dataclass(frozen=True)
class Missing:
    """The thing that an event lacks to be lawful, and who can supply it: agency ids, kinds or roles, in plain words."""

    what: Wording
    supplied_by: tuple[str, ...] = ()


def missing(en: str, sv: str, *supplied_by: str) -> Missing:
    """A `Missing` with its English and its Swedish sentence, and those who can supply what is missing."""
    return Missing(Wording(en, sv), supplied_by)


class Check(Protocol):
    """A rule's test. It takes the case before the event, the event, and the event's provenance."""

    def __call__(self, case: CaseView, event: Any, by: Provenance, /) -> Missing | None: ...


@dataclass(frozen=True)
class Rule:
    """A rule of the mechanism.

    Attributes:
        id: R1 to R34. Several `Rule` values may have the same id; together they express that rule of the mechanism.
        wording: the rule in plain words.
        source: the act and section, or the page, that the rule rests on; or that it is not in the sources.
        judges: the events that the rule judges. None: the rule is only stated.
        check: the test of the rule.
        mandates: True if the rule says who may issue the events that it judges.
        part: the part that the rule reads beside the core. A rule of the core reads no detail of an event, and all
            participants judge by it; only the readers of a part judge by the rules of that part.

    R1 to R20 are the twenty rules of the mechanism. R21, on joint inspections, is also in the sources. R22 is on
    erasure, R23 on the directory, R24 on the agencies that an event asks to act, R25 on the parts of a case, R26 on
    acute danger, R27 on legal proceedings, R31 on the duty to keep records after an erasure, R32 on receipts, R33 and
    R34 on agencies outside the bus.
    """

    id: str
    wording: Wording
    source: str
    judges: tuple[type[CaseEvent], ...]
    check: Check
    mandates: bool = False
    part: Part = Part.CORE


@dataclass(frozen=True)
class Refusal:
    """Why an event may not be issued: the rule and what is missing."""

    rule: Rule
    missing: Missing


def rule(
    id: str, *judges: type[CaseEvent], en: str, sv: str, source: str, part: Part = Part.CORE
) -> Callable[[Check], Rule]:
    """Turn a check into a rule that judges these events; the arguments are the fields of `Rule`."""

    def declare(check: Check) -> Rule:
        return Rule(id, Wording(en, sv), source, judges, check, part=part)

    return declare


def stated(id: str, *, en: str, sv: str, source: str) -> Rule:
    """A rule that refuses no event. A pure function beside it computes what follows from the rule."""

    def check(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
        return None

    return Rule(id, Wording(en, sv), source, (), check)


def mandate(
    id: str,
    *judges: type[CaseEvent],
    en: str,
    sv: str,
    source: str,
    only: Mapping[type[CaseEvent], frozenset[AgencyKind]] | None = None,
) -> Rule:
    """The rule that only the kinds of agency in an event's `issuers` may issue it.

    `only`: for an event that a later law lets more kinds issue, the kinds that may by this one.
    """
    narrower = only or {}

    def check(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
        issuers = narrower.get(type(event)) or issuers_then(event, by)
        if by.kind in issuers:
            return None
        name = type(event).__name__
        return missing(
            f"{name} is outside the mandate of an agency of the kind {by.kind}.",
            f"{name} ligger utanför uppdraget för en aktör av slaget {by.kind}.",
            *sorted(issuers),
        )

    return Rule(id, Wording(en, sv), source, judges, check, mandates=True)


def _nobody_may(case: CaseView, event: CaseEvent, by: Provenance) -> Missing:
    name = type(event).__name__
    return missing(
        f"The law in force on that day lets nobody issue {name}.",
        f"Lagen som gällde den dagen låter ingen registrera {name}.",
    )


nobody_issues_without_a_mandate: Final = Rule(
    "R20",
    Wording(
        "An event is issued only if the law of its day says who may issue it.",
        "En händelse registreras bara om lagen på dess dag säger vem som får registrera den.",
    ),
    f"{NOT_IN_THE_SOURCES}: follows from judging an event by the ruleset of its own date.",
    (),
    _nobody_may,
)
"""The rule that refuses an event; `Ruleset.judging` puts it before all others where no mandate judges the event."""
