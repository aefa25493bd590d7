"""Reactions are typed from end to end: `make check` fails when the type checker no longer sees these mistakes.

Each line with a mistake has a `type: ignore`, and mypy reports every ignore that it does not need.
"""

from __future__ import annotations

from stafett.events import InvestigationClosed, InvestigationOpened, ReferralAccepted
from stafett.mandate import AgencyKind, Mandate, ReactionContext
from stafett.testing import CaseView

police = Mandate(kind=AgencyKind.POLICE)


@police.on(InvestigationOpened)
async def misspelt(opened: InvestigationOpened, case: CaseView, context: ReactionContext) -> None:
    """A step that the context does not have, and a field that the event does not have."""
    await context.open_taks(case, "meet", "", en="Meet.", sv="Möt.")  # type: ignore[attr-defined]
    assert opened.suspected  # type: ignore[attr-defined]


@police.on(InvestigationOpened)  # type: ignore[arg-type]
async def another_event(accepted: ReferralAccepted, case: CaseView, context: ReactionContext) -> None:
    """A reaction to an event that it does not take."""


@police.on(InvestigationOpened, InvestigationClosed)
async def either(event: InvestigationOpened | InvestigationClosed, case: CaseView, context: ReactionContext) -> None:
    """Two events, and a case that has no such field."""
    assert case.investigations  # type: ignore[attr-defined]


def test_each_reaction_is_registered_for_its_events() -> None:
    """The type checker changes nothing of that."""
    assert police.reactions[InvestigationOpened] == [misspelt, another_event, either]
    assert police.reactions[InvestigationClosed] == [either]
