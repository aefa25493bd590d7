"""Rights to stay that the Migration Agency grants for a time: reflection periods and permits, and how one ends."""

from __future__ import annotations

from datetime import date
from typing import Final

from contracts.event.case_event import Provenance
from contracts.law.rule import Missing, missing
from contracts.law.time_kept import keeper
from contracts.view.case_view import CaseView
from contracts.view.parts.legal_status import Decision, Permit, PermitKind, ReflectionPeriod
from contracts.vocabulary.agencies import ANY_AGENCY, MIGRATION, AgencyKind, Role, kinds
from contracts.vocabulary.choices import Ending, ResidenceSituation

MIGRATION_DECIDES: Final = kinds(AgencyKind.MIGRATION)

CLOCK_OR_MIGRATION: Final = {**dict.fromkeys(ANY_AGENCY, Role.CLOCK), AgencyKind.MIGRATION: Role.DECISION_MAKER}
"""The issuers of the end of a granted time: the clock of any agency when it runs out, the Migration Agency when it
revokes.
"""


def right_ends_once(
    right: ReflectionPeriod | Permit | None, ended_on: date, ending: Ending, by: Provenance
) -> Missing | None:
    """The reason why a granted period or permit cannot end in this way, or None.

    The rules on clocks (`runs_out`) judge whether its time has run out; this does not.
    """
    if right is None or right.ends_on is None or right.starts_on is None:
        return missing("Nothing of the kind was granted.", "Inget sådant har beviljats.", MIGRATION)
    if right.ended:
        return missing("It is already over.", "Det är redan över.", MIGRATION)
    decided = by.kind is AgencyKind.MIGRATION
    if (ending is Ending.REVOKED and not decided) or (ending is Ending.RAN_OUT and decided and keeper(by) != by.agency):
        return missing(
            "Only the Migration Agency revokes, and only the clock says that time has run out.",
            "Endast Migrationsverket återkallar, och endast klockan säger att tiden har gått ut.",
            MIGRATION,
        )
    if ending is Ending.REVOKED and not right.starts_on <= ended_on <= right.ends_on:
        return missing(
            "The last day is not one of those that were granted.",
            "Den sista dagen är inte en av dem som beviljades.",
            MIGRATION,
        )
    return None


def granted_permit(by: Provenance, kind: PermitKind, first: date, last: date) -> Permit:
    """The permit that an event grants: in force from the first day to the last."""
    return Permit(id=by.event_id, kind=kind, decision=Decision.GRANTED, starts_on=first, ends_on=last)


_STANDS_WITHOUT_A_PERMIT: Final = (
    ResidenceSituation.RESIDENT,
    ResidenceSituation.EU_CITIZEN,
    ResidenceSituation.ASYLUM_SEEKER,
)


def with_a_permit(case: CaseView, residence: ResidenceSituation) -> ResidenceSituation:
    """The right to stay after the grant of a permit that gives `residence`.

    A right that does not rest on permits, such as that of a resident, does not change; it also outlasts the permit.
    """
    return case.residence if case.residence in _STANDS_WITHOUT_A_PERMIT else residence
