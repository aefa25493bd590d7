"""Steps that would let a victim count on more help. It only reads the case; people decide on the steps."""

from __future__ import annotations

from datetime import date
from typing import Final

from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.consultation import ConsultationRequested
from contracts.event.case_event import CaseEvent
from contracts.event.fact import Fact
from contracts.law.children import may_be_a_child
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.identification import INVESTIGATORS, InvestigationOpened
from contracts.sweden.chapters.reflection_period import (
    SOCIAL_WELFARE_BOARD_SINCE,
    ReflectionPeriodGranted,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.residence import WorkPermitGranted
from contracts.sweden.chapters.residence_permit import ResidencePermitGranted, ResidencePermitRequested
from contracts.sweden.guidance.entitlement import Status, has_legal_status, statuses
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyKind
from contracts.vocabulary.parts import Part
from contracts.vocabulary.wording import Wording


class NextStep(Fact):
    """A step that would let the victim count on more help.

    Attributes:
        event: the name of the event to issue.
        by: the kinds of agency that can issue it.
        would: what it would lead to.
        opens: the kinds of agency that could then help.
    """

    event: str
    by: tuple[AgencyKind, ...]
    would: Wording
    opens: tuple[AgencyKind, ...]


def what_would_open_doors(case: CaseView, on: date) -> tuple[NextStep, ...]:
    """The steps that would let the victim count on more help from this Swedish day on, the nearest first."""
    held = statuses(case, on)
    found: list[NextStep] = []
    if may_be_a_child(case) and not case.child_concerns:
        found.append(_CONCERN)
    if not case.consultations and case.plan is None and Part.SUPPORT not in case.hidden:
        found.append(_ADVICE)
    board = [_BOARD] if on >= SOCIAL_WELFARE_BOARD_SINCE and not has_legal_status(case, on) else []
    awaited = [_REFLECTION_DECISION] if case.awaits_reflection_decision() else []
    awaited += [_PERMIT_DECISION] if case.awaits_permit_decision() else []
    if awaited:
        found += awaited
    elif Status.EU_CITIZEN in held:
        stays = held & {Status.PERMIT, Status.REFLECTION_PERIOD} or on < SOCIAL_WELFARE_BOARD_SINCE
        found += [] if stays else [_BOARD_FOR_EU_CITIZEN]
    elif case.under_investigation and not held & {Status.PERMIT, Status.RESIDENT}:
        found += [_PERMIT] if Status.REFLECTION_PERIOD in held else [_REFLECTION, *board, _PERMIT]
    elif not has_legal_status(case, on):
        found += [_INVESTIGATION, *board]
    if not has_legal_status(case, on):
        found.append(_ASYLUM)
    elif not held & {Status.RESIDENT, Status.EU_CITIZEN, Status.ASYLUM_SEEKER}:
        found.append(_SETTLE)
    return tuple(found)


def _opening(
    event: type[CaseEvent], en: str, sv: str, *opens: AgencyKind, by: frozenset[AgencyKind] | None = None
) -> NextStep:
    """A step that every kind of issuer of the event can take, or only those in `by`."""
    able = event.issuers if by is None else by
    return NextStep(
        event=event.__name__,
        by=tuple(kind for kind in AgencyKind if kind in able),
        would=Wording(en, sv),
        opens=opens,
    )


_EVERYBODY_ELSE: Final = (AgencyKind.MUNICIPALITY, AgencyKind.REGION)

_INVESTIGATION: Final = _opening(
    InvestigationOpened,
    "An investigation would allow a reflection period or a permit; the police or a prosecutor can open it on a mere "
    "suspicion.",
    "En förundersökning skulle göra betänketid eller uppehållstillstånd möjligt; polis eller åklagare kan inleda den "
    "redan vid misstanke.",
    *_EVERYBODY_ELSE,
)

_BOARD: Final = _opening(
    ReflectionPeriodRequested,
    "A municipality's social welfare board can apply for a reflection period, even without an investigation (since "
    "2022-08).",
    "En kommuns socialnämnd kan ansöka om betänketid, även utan förundersökning (sedan 2022-08).",
    *_EVERYBODY_ELSE,
    by=ReflectionPeriodRequested.issuers - INVESTIGATORS,
)

_BOARD_FOR_EU_CITIZEN: Final = _opening(
    ReflectionPeriodRequested,
    "If the EU citizen has no right of residence, a municipality's social welfare board can say so and apply for a "
    "reflection period.",
    "Om EU-medborgaren saknar uppehållsrätt kan en kommuns socialnämnd ange det och ansöka om betänketid.",
    *_EVERYBODY_ELSE,
    by=ReflectionPeriodRequested.issuers - INVESTIGATORS,
)

_REFLECTION: Final = _opening(
    ReflectionPeriodRequested,
    "A reflection period would give thirty days of legal status; the investigation leader can apply for it.",
    "En betänketid skulle ge trettio dagars laglig vistelse; förundersökningsledaren kan ansöka om den.",
    *_EVERYBODY_ELSE,
    by=INVESTIGATORS,
)

_PERMIT: Final = _opening(
    ResidencePermitRequested,
    "A temporary permit would give six months or more; the investigation leader can apply for it directly.",
    "Ett tillfälligt uppehållstillstånd skulle ge sex månader eller mer; förundersökningsledaren kan ansöka direkt.",
    *_EVERYBODY_ELSE,
)

_REFLECTION_DECISION: Final = _opening(
    ReflectionPeriodGranted,
    "An application for a reflection period awaits the Migration Agency's decision; granted, it gives legal status.",
    "En ansökan om betänketid väntar på Migrationsverkets beslut; ett bifall ger laglig vistelse.",
    *_EVERYBODY_ELSE,
)

_PERMIT_DECISION: Final = _opening(
    ResidencePermitGranted,
    "An application for a permit awaits the Migration Agency's decision; granted, it gives legal status.",
    "En ansökan om uppehållstillstånd väntar på Migrationsverkets beslut; ett bifall ger laglig vistelse.",
    *_EVERYBODY_ELSE,
)

_ASYLUM: Final = _opening(
    AsylumClaimed,
    "Who seeks asylum is assisted by the Migration Agency while the claim is tried.",
    "Den som söker asyl får stöd av Migrationsverket medan ansökan prövas.",
    AgencyKind.MIGRATION,
)

_ADVICE: Final = _opening(
    ConsultationRequested,
    "The coordinator's advice, asked for early, helps a referral to reach the right agency; it takes no consent.",
    "Råd av samordnaren i ett tidigt skede hjälper en hänvisning att hamna rätt; det kräver inget samtycke.",
    AgencyKind.COORDINATOR,
)

_CONCERN: Final = _opening(
    ChildConcernReported,
    "A report of concern makes social services assess the child's need for protection the same or the next day.",
    "En orosanmälan gör att socialtjänsten bedömer barnets behov av skydd samma eller nästa dag.",
    AgencyKind.MUNICIPALITY,
)

_SETTLE: Final = _opening(
    WorkPermitGranted,
    "A work permit or permanent residence would open the integration programmes.",
    "Arbetstillstånd eller permanent uppehållstillstånd skulle öppna integrationsprogrammen.",
    AgencyKind.MUNICIPALITY,
)
