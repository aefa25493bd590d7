"""Breaking the rules of the time-limited rights to stay, of asylum and of residence for good."""

from contracts.sweden.chapters import asylum, long_term, reflection_period, residence, residence_permit
from contracts.sweden.chapters.asylum import AsylumClaimed, AsylumDecided
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, canonical_until
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION
from harness.breaking import UNKNOWN, Broken, new

REFLECTING = CANONICAL_CASE[:13]
APPLIED = (*REFLECTING, issued(ResidencePermitRequested, POLICE))
PERMITTED = (*APPLIED, issued(ResidencePermitGranted, MIGRATION))
SETTLED = OTHER_CASES["settled in Sweden"]

PERMITS_AND_RESIDENCE = [
    Broken(
        reflection_period.period_ends_once,
        "a period that nobody granted ends",
        REFLECTING[:9],
        issued(ReflectionPeriodEnded, MIGRATION, ending="revoked"),
    ),
    Broken(
        reflection_period.period_ends_once,
        "an unknown period ends",
        REFLECTING,
        issued(ReflectionPeriodEnded, COORDINATOR, request_id=UNKNOWN),
    ),
    Broken(
        reflection_period.period_ends_once,
        "a period ends twice",
        OTHER_CASES["the reflection period runs out"],
        issued(ReflectionPeriodEnded, COORDINATOR, id=new(1)),
    ),
    Broken(
        reflection_period.period_ends_once,
        "the coordinator revokes a period",
        REFLECTING,
        issued(ReflectionPeriodEnded, COORDINATOR, ending="revoked"),
    ),
    Broken(
        reflection_period.period_ends_once,
        "the Migration Agency says that time has run out",
        REFLECTING,
        issued(ReflectionPeriodEnded, MIGRATION),
    ),
    *(
        Broken(
            reflection_period.period_ends_once,
            f"a period is revoked to end on {day}, which it does not hold",
            REFLECTING,
            issued(ReflectionPeriodEnded, MIGRATION, ending="revoked", ended_on=day),
        )
        for day in ("2024-03-07", "2024-04-07")
    ),
    Broken(
        residence_permit.investigation_leader_applies_migration_decides,
        "a municipality applies for a permit",
        REFLECTING,
        issued(ResidencePermitRequested, MUNICIPALITY),
    ),
    Broken(
        residence_permit.permit_follows_dialogue,
        "a permit is applied for without an investigation",
        canonical_until(InvestigationOpened),
        issued(ResidencePermitRequested, POLICE),
    ),
    Broken(
        residence_permit.permit_follows_dialogue,
        "no dialogue with the victim",
        REFLECTING,
        issued(ResidencePermitRequested, POLICE, dialogue_with_victim_on=None),
    ),
    Broken(
        residence_permit.permit_follows_dialogue,
        "a dialogue with the victim that is still to come",
        REFLECTING,
        issued(ResidencePermitRequested, POLICE, dialogue_with_victim_on="2024-04-04"),
    ),
    Broken(
        residence_permit.permit_follows_dialogue,
        "no dialogue with the providers",
        REFLECTING,
        issued(ResidencePermitRequested, POLICE, providers_consulted=[]),
    ),
    Broken(
        residence_permit.one_permit_application_at_a_time,
        "a second application before the first is decided",
        APPLIED,
        issued(ResidencePermitRequested, POLICE, id=new(1)),
    ),
    Broken(
        residence_permit.one_permit_application_at_a_time,
        "an application that prolongs an unknown permit",
        REFLECTING,
        issued(ResidencePermitRequested, POLICE, extends=UNKNOWN),
    ),
    Broken(
        residence_permit.one_permit_application_at_a_time,
        "an application while a permit is in force, which it does not prolong",
        PERMITTED,
        issued(ResidencePermitRequested, POLICE, id=new(1), occurred_at="2024-10-04T09:00:00Z"),
    ),
    Broken(
        residence_permit.permit_is_decided_once,
        "a decision without an application",
        APPLIED,
        issued(ResidencePermitRefused, MIGRATION, request_id=UNKNOWN),
    ),
    Broken(
        residence_permit.permit_is_decided_once,
        "a second decision",
        PERMITTED,
        issued(ResidencePermitRefused, MIGRATION),
    ),
    Broken(
        residence_permit.permit_is_six_months_or_more,
        "a permit of a day less than six months",
        APPLIED,
        issued(ResidencePermitGranted, MIGRATION, valid_until="2024-10-03"),
    ),
    Broken(
        residence_permit.permit_ends_once,
        "an application that is not granted ends",
        APPLIED,
        issued(ResidencePermitEnded, COORDINATOR),
    ),
    Broken(
        residence_permit.permit_ends_once,
        "a permit ends twice",
        OTHER_CASES["a permit, and its end"],
        issued(ResidencePermitEnded, MIGRATION, id=new(1), ending="revoked"),
    ),
    Broken(
        asylum.migration_decides_on_asylum,
        "the police decide on asylum",
        (*REFLECTING, issued(AsylumClaimed, NGO)),
        issued(AsylumDecided, POLICE),
    ),
    Broken(
        asylum.open_claim_is_decided,
        "asylum that nobody claimed is decided",
        REFLECTING,
        issued(AsylumDecided, MIGRATION),
    ),
    Broken(
        asylum.open_claim_is_decided,
        "a claim is decided twice",
        OTHER_CASES["asylum"],
        issued(AsylumDecided, MIGRATION, id=new(1), outcome="refused", permit_until=None),
    ),
    Broken(
        residence.migration_grants_residence_and_work,
        "a municipality grants residence",
        PERMITTED,
        issued(PermanentResidenceGranted, MUNICIPALITY),
    ),
    *(
        Broken(
            residence.residence_is_granted_once,
            f"{granted.__name__} after permanent residence",
            SETTLED,
            issued(granted, MIGRATION, id=new(1)),
        )
        for granted in (PermanentResidenceGranted, WorkPermitGranted)
    ),
    Broken(
        long_term.municipalities_and_ngos_integrate,
        "the police draft an integration plan",
        SETTLED,
        issued(IntegrationPlanDrafted, POLICE),
    ),
    Broken(
        long_term.integration_follows_permit,
        "an integration plan on a temporary permit",
        PERMITTED,
        issued(IntegrationPlanDrafted, MUNICIPALITY),
    ),
    Broken(
        long_term.integration_follows_permit,
        "an integration plan the day after a work permit",
        OTHER_CASES["a work permit"][:-1],
        issued(IntegrationPlanDrafted, MUNICIPALITY, occurred_at="2026-08-14T09:00:00Z"),
    ),
    Broken(
        long_term.integration_service_follows_plan,
        "a long-term service without a plan",
        SETTLED[:-2],
        issued(IntegrationServiceProvided, MUNICIPALITY),
    ),
    Broken(
        long_term.integration_service_follows_plan,
        "a long-term service under another plan",
        SETTLED,
        issued(IntegrationServiceProvided, NGO, plan_id=UNKNOWN),
    ),
    Broken(
        long_term.integration_service_follows_plan,
        "a long-term service that the plan does not name",
        SETTLED,
        issued(IntegrationServiceProvided, NGO, service="basic-education"),
    ),
]
"""Who may stay, for how long, and what follows from it."""
