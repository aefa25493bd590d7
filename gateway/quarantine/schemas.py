"""The response models of the quarantine and of missing keys."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from bus.privacy.refused_grants import RefusedGrant
from bus.store import QuarantineEntry
from gateway.http.response_models import ResponseModel, Text, Uuid

_GRANT_ANEW: Final = Text(
    en="The granter must grant the key anew, under another last number of the subject: nobody can replace a grant.",
    sv="Den som gav nyckeln måste ge den på nytt, med ett annat sista tal i ämnet: ingen kan ersätta en tilldelning.",
)
_ASK_A_PARTICIPANT: Final = Text(
    en="If the agency still takes part in the case, another participant must grant it the key. If it has left, nothing "
    "is wrong.",
    sv="Om aktören fortfarande deltar i ärendet måste en annan deltagare ge den nyckeln. Om den har lämnat ärendet är "
    "allt som det ska.",
)


class QuarantinedMessage(ResponseModel):
    """A message of the log that the service set aside. `case_id`: null when this agency takes no part in the case."""

    incarnation: int
    sequence: int
    case_id: Uuid | None
    event_id: Uuid | None
    agency: str
    reason: str
    detail: str

    @classmethod
    def of(cls, message: QuarantineEntry, *, own: bool) -> QuarantinedMessage:
        """The message as the store keeps it. `own`: True if the agency takes part in its case."""
        return cls(
            incarnation=message.incarnation,
            sequence=message.sequence,
            case_id=message.case_id if own else None,
            event_id=message.event_id or None,
            agency=message.agency,
            reason=message.reason,
            detail=message.detail,
        )


class MissingKey(ResponseModel):
    """A key that this agency should hold and does not."""

    case_id: Uuid
    compartment: Annotated[str | None, Field(description="The compartment of the refused grant.")]
    granter: Annotated[str | None, Field(description="The agency whose grant was refused.")]
    reason: Annotated[str, Field(description="Why the grant was refused; `no-grant` when none opens the case.")]
    repair: Text

    @classmethod
    def refused(cls, grant: RefusedGrant) -> MissingKey:
        """The key that a refused grant should have brought."""
        return cls(
            case_id=grant.case_id,
            compartment=grant.compartment,
            granter=grant.granter,
            reason=grant.reason,
            repair=_GRANT_ANEW,
        )

    @classmethod
    def lacking(cls, case_id: str) -> MissingKey:
        """The key of a case for which no grant came."""
        return cls(case_id=case_id, compartment=None, granter=None, reason="no-grant", repair=_ASK_A_PARTICIPANT)
