"""Subscribers are typed from end to end: `make check` fails when the type checker no longer sees these mistakes."""

from __future__ import annotations

from stafett.events import InvestigationOpened, ReferralAccepted
from stafett.subscribing import Subscriber, SubscriberContext
from stafett.testing import CaseView

agency = Subscriber("typed")
other = Subscriber("other")


@agency.on(InvestigationOpened)
async def misspelt(opened: InvestigationOpened, case: CaseView, desk: SubscriberContext) -> None:
    """A step that the context does not have, and fields that event and case do not have."""
    await desk.open_taks(case, "meet", "", en="Meet.", sv="Möt.")  # type: ignore[attr-defined]
    assert desk.before  # type: ignore[attr-defined]
    assert opened.suspected  # type: ignore[attr-defined]
    assert case.investigations  # type: ignore[attr-defined]


@other.on(InvestigationOpened)  # type: ignore[arg-type]
async def another_event(accepted: ReferralAccepted, case: CaseView, desk: SubscriberContext) -> None:
    """A handler of an event that it does not take."""


def test_each_handler_is_registered_for_its_event() -> None:
    """The type checker changes nothing of that."""
    assert agency.handlers == {InvestigationOpened: misspelt}
    assert other.types == "InvestigationOpened"
