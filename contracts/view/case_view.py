"""A case as its participants see it: one immutable value, folded from the case's events.

At the same version every participant has the same core, byte for byte, which its digest proves; and all who read
another part have the same part. The file has over 250 lines because a case is one value: its fields, and what they say
together.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final, Self

from pydantic import Field

from contracts.event.fact import CaseId, Fact
from contracts.view.parts.alerts import Alert
from contracts.view.parts.appeals import Appeal, RefusedClaim
from contracts.view.parts.assistance import Needs, Support, SupportPlan
from contracts.view.parts.awaited import Awaited
from contracts.view.parts.begun import newer
from contracts.view.parts.benefit_appeals import AssistanceDecision, BenefitAppeal
from contracts.view.parts.child_protection import AgeBasis, BestInterests, ChildConcern, Guardian
from contracts.view.parts.clocks import Reminded
from contracts.view.parts.consent import Consent
from contracts.view.parts.consultation import Consultation
from contracts.view.parts.erasure import Erasure
from contracts.view.parts.identification import Identification, Investigation
from contracts.view.parts.labour import Inspection
from contracts.view.parts.legal_status import Decision, Permit, PermitKind, ReflectionPeriod
from contracts.view.parts.long_term import IntegrationPlan
from contracts.view.parts.participants import Former, Participant, Participation
from contracts.view.parts.personal_data import Reading, RecordedDetails
from contracts.view.parts.proceedings import Charge, Compensation, Counsel, Interview, NonPunishmentDecision
from contracts.view.parts.receipts import HandedReceipt
from contracts.view.parts.referral import Offer, OfferQuestion, OfferState
from contracts.view.parts.refusals import SaidNo
from contracts.view.parts.reimbursement import Claim
from contracts.view.parts.safety import SafetyPlan
from contracts.view.parts.statistical_facts import StatisticalFacts
from contracts.view.parts.status import CaseStatus, ClosureReason
from contracts.view.parts.unmet_need import UnmetNeed
from contracts.view.parts.voluntary_return import ReturnChoice, VoluntaryReturn
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation
from contracts.vocabulary.codes import Language, MunicipalityCode, RegionCode
from contracts.vocabulary.parts import Part


class CaseView(Fact):
    """A case as its participants see it, at one version. It holds no personal details.

    Attributes:
        risk_assessed_on: the Swedish day of the latest assessment of the risk.
        knew_all: the participants of a case that is older than the parts, at its first event with parts; they go on
            reading all of it.
        before_parts: True while every event of the case is older than the parts.
        hidden: the parts whose fields were taken away; nothing can be concluded from the emptiness of these fields.
    """

    case_id: str
    version: int = 0
    status: CaseStatus = CaseStatus.UNOPENED
    opened_by: AgencyId | None = None
    lead: AgencyId | None = None
    participants: tuple[Participant, ...] = ()
    former: tuple[Former, ...] = ()
    identification: Identification | None = None
    exploitation_forms: tuple[ExploitationForm, ...] = ()
    age_band: AgeBand = AgeBand.UNKNOWN
    unaccompanied: bool = False
    immediate_danger: bool = False
    residence: ResidenceSituation = ResidenceSituation.UNKNOWN
    region: RegionCode | None = None
    municipality: MunicipalityCode | None = None
    language: Language | None = None
    interpreter_needed: bool = False
    consultations: tuple[Consultation, ...] = ()
    consents: tuple[Consent, ...] = ()
    personal_records: tuple[RecordedDetails, ...] = ()
    readings: tuple[Reading, ...] = ()
    offers: tuple[Offer, ...] = ()
    investigation: Investigation | None = None
    reflection_periods: tuple[ReflectionPeriod, ...] = ()
    permits: tuple[Permit, ...] = ()
    asylum_claimed_on: date | None = None
    needs: Needs | None = None
    plan: SupportPlan | None = None
    support: tuple[Support, ...] = ()
    child_concerns: tuple[ChildConcern, ...] = ()
    custodian_traced: bool = False
    claims: tuple[Claim, ...] = ()
    returns: tuple[VoluntaryReturn, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    integration_plan: IntegrationPlan | None = None
    reminded: tuple[Reminded, ...] = ()
    closed_for: ClosureReason | None = None
    duplicate_of: CaseId | None = None
    erasures: tuple[Erasure, ...] = ()
    offer_questions: tuple[OfferQuestion, ...] = newer(())
    unmet_needs: tuple[UnmetNeed, ...] = newer(())
    age_basis: AgeBasis | None = newer(default=None)
    custodian_in_doubt: bool = newer(default=False)
    guardians: tuple[Guardian, ...] = newer(())
    best_interests: tuple[BestInterests, ...] = newer(())
    return_choices: tuple[ReturnChoice, ...] = newer(())
    refusals: tuple[SaidNo, ...] = newer(())
    risk_assessed_on: date | None = newer(default=None)
    knew_all: tuple[AgencyId, ...] = newer(())
    before_parts: bool = Field(default=False, exclude=True)
    hidden: tuple[Part, ...] = Field(default=(), exclude=True)
    statistical_facts: StatisticalFacts | None = newer(None)
    alerts: tuple[Alert, ...] = newer(())
    supported_on: date | None = newer(None)
    counsel: tuple[Counsel, ...] = newer(())
    interviews: tuple[Interview, ...] = newer(())
    charges: tuple[Charge, ...] = newer(())
    non_punishment: tuple[NonPunishmentDecision, ...] = newer(())
    compensation: tuple[Compensation, ...] = newer(())
    awaited: tuple[Awaited, ...] = newer(())
    appeals: tuple[Appeal, ...] = newer(())
    refused_claim: RefusedClaim | None = newer(default=None)
    safety_plan: SafetyPlan | None = newer(default=None)
    receipts: tuple[HandedReceipt, ...] = newer(())
    assistance_decisions: tuple[AssistanceDecision, ...] = newer(())
    benefit_appeals: tuple[BenefitAppeal, ...] = newer(())

    @classmethod
    def unopened(cls, case_id: str) -> Self:
        """The case before its first event."""
        return cls(case_id=case_id)

    def takes_part(self, agency: AgencyId) -> bool:
        """True if the agency is a participant now; one that has left, or that is only offered the case, is not."""
        return any(p.agency == agency and not p.is_offered for p in self.participants)

    def is_offered(self, agency: AgencyId) -> bool:
        """True if the agency is only offered the case: it reads a preview, and may answer."""
        return any(p.agency == agency and p.is_offered for p in self.participants)

    def open_offer_to(self, agency: AgencyId) -> Offer | None:
        """The open offer of the case to an agency, of which there is at most one (R19), or None."""
        return next((o for o in self.offers if o.recipient == agency and o.state is OfferState.OPEN), None)

    def joined(
        self, *agencies: AgencyId, participation: Participation, since: datetime, parts: tuple[Part, ...] = ()
    ) -> Self:
        """The case in which these agencies take part; an agency that had left takes part again.

        An agency that already takes part stays as it is, with one exception: a participation that rests on consent is
        replaced by one that does not.

        Args:
            agencies: the agencies that join.
            participation: how they come to take part.
            since: from when (UTC).
            parts: the parts that their task has them read; they add to those that an agency reads already.
        """
        parts = () if self.before_parts else parts
        settled = {each.agency for each in self.participants if not each.rests_on_consent and {*parts} <= {*each.parts}}
        if settled.issuperset(agencies):
            return self
        new = [
            Participant(agency=agency, participation=participation, since=since, parts=parts)
            for agency in dict.fromkeys(agencies)
        ]
        came = {each.agency: each for each in new}
        stayed = (each.with_task(came[each.agency]) if each.agency in came else each for each in self.participants)
        present = {each.agency for each in self.participants}
        return self.changed(
            participants=(*stayed, *(each for each in new if each.agency not in present)),
            former=tuple(each for each in self.former if each.agency not in agencies),
        )

    def with_parts(self) -> Self:
        """The case once an event with parts comes: in an older case, its participants go on reading everything."""
        if not self.before_parts:
            return self
        knew_all = tuple(each.agency for each in self.participants if not each.is_offered)
        return self.changed(before_parts=False, knew_all=knew_all)

    def consents_to(self, recipient: AgencyId, purpose: Purpose, on: date) -> bool:
        """True if some consent in force on this day covers the recipient and the purpose (R3)."""
        return any(consent.covers(recipient, purpose, on) for consent in self.consents)

    def consented(self, agencies: Collection[AgencyId], on: date) -> Mapping[AgencyId, frozenset[Purpose]]:
        """For each agency, the purposes that consents in force on this Swedish day cover.

        It makes one pass over the consents.
        """
        found: dict[AgencyId, set[Purpose]] = {agency: set() for agency in agencies}
        for consent in self.consents:
            if consent.in_force(on):
                for recipient in consent.recipients:
                    if recipient in found:
                        found[recipient].update(consent.purposes)
        return {agency: frozenset(purposes) for agency, purposes in found.items()}

    @property
    def under_investigation(self) -> bool:
        """True if a preliminary investigation is open now."""
        return self.investigation is not None and self.investigation.closed_on is None

    def in_reflection_period(self, first: date, last: date) -> bool:
        """True if reflection periods cover every day from the first to the last (R7)."""
        return _all_covered(self.reflection_periods, first, last)

    def has_permit(self, on: date, *kinds: PermitKind) -> bool:
        """True if a permit of one of these kinds is in force on this day."""
        return any(permit.kind in kinds and permit.in_force(on) for permit in self.permits)

    def reimbursable(self, first: date, last: date) -> bool:
        """True if reflection periods and temporary permits cover every day from the first to the last (R7)."""
        temporary = tuple(permit for permit in self.permits if permit.kind is PermitKind.TEMPORARY)
        return _all_covered((*self.reflection_periods, *temporary), first, last)

    def awaits_reflection_decision(self) -> bool:
        """True if an application for a reflection period is undecided."""
        return any(period.decision is Decision.PENDING for period in self.reflection_periods)

    def awaits_permit_decision(self) -> bool:
        """True if an application for a permit is undecided."""
        return any(permit.decision is Decision.PENDING for permit in self.permits)

    @property
    def core(self) -> Self:
        """The case without the fields of the other parts."""
        return self.only()

    def only(self, *parts: Part) -> Self:
        """The case with the fields of the core and of these parts; all other fields have their first value."""
        firsts, hides = _taken_away(frozenset(parts))
        hidden = hides if hides.issuperset(self.hidden) else hides.union(self.hidden)
        taken = {**firsts, "hidden": tuple(sorted(hidden))}
        said = vars(self)
        if all(said[name] == value for name, value in taken.items()):
            return self
        return self.model_copy(update=taken)

    def with_details_of(self, other: Self) -> Self:
        """The case with the fields of its core, and with the fields of the other parts of another view."""
        return self.model_copy(update={name: getattr(other, name) for name in (*PART_OF, "hidden")})

    def canonical_json(self, *parts: Part) -> bytes:
        """The core and these parts (by default, everything) as JSON with sorted keys and no spaces."""
        hidden = {name for name, part in PART_OF.items() if parts and part not in parts}
        return _canonical(self.model_dump(mode="json", exclude=hidden))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the core, in hexadecimal. At one version every participant has the same."""
        return self.digest_of(Part.CORE)

    def digest_of(self, part: Part) -> str:
        """SHA-256 of the canonical JSON of one part, in hexadecimal: the same for every agency that reads the part."""
        if part is Part.CORE:
            return sha256(self.canonical_json(Part.CORE)).hexdigest()
        here = {name for name, lies_in in PART_OF.items() if lies_in is part}
        return sha256(_canonical(self.model_dump(mode="json", include=here))).hexdigest()

    def advanced(self, **changes: Any) -> Self:
        """The view at its next version, with some fields replaced."""
        return self.changed(version=self.version + 1, **changes)

    def changed(self, **changes: Any) -> Self:
        """The view with some fields replaced."""
        return self.model_copy(update=changes)


PART_OF: Final[Mapping[str, Part]] = {
    **dict.fromkeys(("needs", "plan", "support", "claims"), Part.SUPPORT),
    **dict.fromkeys(("assistance_decisions", "benefit_appeals"), Part.SUPPORT),
    **dict.fromkeys(("returns", "return_choices", "best_interests"), Part.SUPPORT),
    "integration_plan": Part.INTEGRATION,
    "non_punishment": Part.INVESTIGATION,
}
"""The part of each field of the view that does not lie in the core."""

_FIRST: Final = {name: CaseView.model_fields[name].get_default() for name in PART_OF}


@cache
def _taken_away(kept: frozenset[Part]) -> tuple[Mapping[str, Any], frozenset[Part]]:
    """The first values of the fields outside the core and the parts that are kept, and in which parts these lie."""
    firsts = {name: first for name, first in _FIRST.items() if PART_OF[name] not in kept}
    return firsts, frozenset(PART_OF[name] for name in firsts)


def _canonical(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _all_covered(rights: Iterable[ReflectionPeriod | Permit], first: date, last: date) -> bool:
    """True if every day from the first to the last lies in at least one of these rights."""
    granted = [(right.starts_on, right.ends_on) for right in rights if right.starts_on and right.ends_on]
    covered: date | None = None  # the last day covered without a gap; subtract days, since sums can overflow
    for starts_on, ends_on in sorted(granted):
        if covered is None:
            covered = ends_on if starts_on <= first <= ends_on else None
        elif (starts_on - covered).days <= 1:
            covered = max(covered, ends_on)
    return covered is not None and first <= last <= covered
