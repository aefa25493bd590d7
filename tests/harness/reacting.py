"""The reactions of the agencies' own mandates, without a bus; see `stafett.testing.reactions`.

context = await reactions_of("ngo-fyren", *CANONICAL_CASE[:5], issued(ReferralDeclined, MUNICIPALITY))
assert context.open == {"propose the next recipient"}
"""

from __future__ import annotations

from contracts.testing.given_when_then import Issued
from contracts.vocabulary.agencies import AgencyId
from services import mandate_of
from stafett.testing import RecordedSteps, reactions

NAMES = {
    "municipality-0180": "Stockholm",
    "municipality-0184": "Solna",
    "ngo-fyren": "Fyren",
    "coordinator-syd": "Regionkoordinator Syd",
    "foreign-partner-ro": "ANITP",
}
"""The names by which the directory knows agencies."""


async def reactions_of(agency: AgencyId, *events: Issued) -> RecordedSteps:
    """What an agency's mandate has done after these events."""
    return await reactions(mandate_of(agency), agency, *events, names=NAMES)
