"""The door of one service to agencies outside the bus: its links, its settings, and the wrong codes so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from contracts.law.offers import who_learns
from contracts.privacy.offer_outside import shown_outside
from contracts.privacy.offer_preview import Preview
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.vocabulary.agencies import AgencyId
from gateway.outside.links import Link, Links, WrongCodes
from gateway.outside.settings import OutsideSettings

PATH: Final = "/answers/"


@dataclass(frozen=True)
class OutsideDoor:
    """The door of one service. There is one for each app."""

    settings: OutsideSettings
    links: Links
    wrong_codes: WrongCodes = field(default_factory=WrongCodes)

    def address_of(self, case: CaseView, preview: Preview) -> str | None:
        """The address at which the recipient answers; None when the service has no public address."""
        if self.settings.address is None:
            return None
        link = Link(case.case_id, preview.offer_id, preview.respond_by)
        return f"{self.settings.address}{PATH}{self.links.token(link)}"

    def behind(self, token: str, now: datetime) -> Link | None:
        """The content of a link that is good now; None when it is not, or when the service has no public address."""
        return None if self.settings.address is None else self.links.opened(token, now)


def shown_by(agency: AgencyId, case: CaseView, offer_id: str, now: datetime) -> Preview | None:
    """The preview that this agency may show outside the bus: of its own offer, or as the lead of one it follows."""
    offer = with_id(case.offers, offer_id)
    if offer is None or who_learns(case, offer) != agency:
        return None
    return shown_outside(case, offer_id, now)


async def _door_of(request: Request) -> OutsideDoor:
    door: OutsideDoor = request.app.state.outside
    return door


Door = Annotated[OutsideDoor, Depends(_door_of)]
"""The type of a handler's parameter that gets the door of its app."""
