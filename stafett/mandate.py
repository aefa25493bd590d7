"""How an agency's service is written: its mandate, and the context in which its reactions work.

>>> from stafett.events import VictimDetected
>>> from stafett.mandate import AgencyKind, Mandate
>>> police = Mandate(kind=AgencyKind.POLICE)
>>> police.may_issue(VictimDetected)
"""

from __future__ import annotations

from bus.mandate import Mandate, Reaction, ReactionContext
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role

__all__ = ["AgencyId", "AgencyKind", "Mandate", "Reaction", "ReactionContext", "Role"]
