"""Breaking the rules for the work of several agencies: child protection, inspections, plans, reimbursement."""

from contracts.chapters import assistance, child_protection
from contracts.chapters.assistance import SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.chapters.child_protection import ChildConcernAssessed, ChildConcernReported, CustodianTraced
from contracts.sweden.chapters import labour, reimbursement
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, canonical_until
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import issued
from harness.breaking import UNKNOWN, Broken, after, new

CHILD = OTHER_CASES["a child alone"]
REPORTED = CHILD[:2]
INSPECTION = OTHER_CASES["a joint inspection"]
BEFORE_INSPECTION = INSPECTION[:-4]
REQUESTED = INSPECTION[:-3]
PLANNED = canonical_until(SupportProvided)
CLAIMED = after(ReimbursementClaimed)

CHILDREN_LABOUR_AND_LONG_TERM = [
    Broken(
        child_protection.professionals_report_social_services_assess,
        "an NGO assesses a concern",
        REPORTED,
        issued(ChildConcernAssessed, NGO),
    ),
    Broken(
        child_protection.concern_is_for_a_child,
        "a concern for an adult",
        CANONICAL_CASE[:1],
        issued(ChildConcernReported, NGO),
    ),
    Broken(
        child_protection.concern_is_for_a_child,
        "a concern that goes to the police",
        CHILD[:1],
        issued(ChildConcernReported, NGO, municipality=POLICE),
    ),
    Broken(
        child_protection.concern_is_assessed_once,
        "a concern that nobody reported is assessed",
        REPORTED,
        issued(ChildConcernAssessed, MUNICIPALITY, concern_id=UNKNOWN),
    ),
    Broken(
        child_protection.concern_is_assessed_once,
        "another municipality assesses",
        (*REPORTED, issued(ChildConcernReported, NGO, id=new(1), municipality="municipality-1480")),
        issued(ChildConcernAssessed, "municipality-1480"),
    ),
    Broken(
        child_protection.concern_is_assessed_once,
        "a concern is assessed twice",
        CHILD,
        issued(ChildConcernAssessed, MUNICIPALITY, id=new(1)),
    ),
    Broken(
        child_protection.custodian_is_for_a_child,
        "a custodian is traced for an adult",
        PLANNED,
        issued(CustodianTraced, MUNICIPALITY),
    ),
    Broken(
        labour.three_authorities_inspect,
        "an NGO requests an inspection",
        BEFORE_INSPECTION,
        issued(LabourInspectionRequested, NGO),
    ),
    *(
        Broken(
            labour.inspection_is_joint,
            f"an inspection with {' and '.join(partners)}",
            BEFORE_INSPECTION,
            issued(LabourInspectionRequested, POLICE, partners=partners),
        )
        for partners in ([POLICE], ["tax", POLICE], [MUNICIPALITY], ["tax", "tax"])
    ),
    Broken(
        labour.victim_consents_to_inspection,
        "an inspection to which the victim has not consented",
        BEFORE_INSPECTION[:-1],
        issued(LabourInspectionRequested, POLICE),
    ),
    Broken(
        labour.victim_consents_to_inspection,
        "an inspection after the consent",
        BEFORE_INSPECTION,
        issued(LabourInspectionRequested, POLICE, occurred_at="2024-09-05T09:00:00Z"),
    ),
    Broken(
        labour.each_reports_once,
        "a report on an unknown inspection",
        REQUESTED,
        issued(LabourInspectionReported, "tax", inspection_id=UNKNOWN),
    ),
    Broken(
        labour.each_reports_once,
        "a report by an authority that is not a partner",
        (*BEFORE_INSPECTION, issued(LabourInspectionRequested, POLICE)),
        issued(LabourInspectionReported, "tax", inspection_id=event_id(8)),
    ),
    Broken(
        labour.each_reports_once,
        "a second report",
        INSPECTION,
        issued(LabourInspectionReported, "tax", id=new(1)),
    ),
    Broken(
        labour.each_reports_once,
        "a report before the inspection",
        REQUESTED,
        issued(LabourInspectionReported, "tax", occurred_at="2024-03-18T14:00:00Z"),
    ),
    Broken(
        assistance.the_plan_in_force_is_revised,
        "a plan is revised before there is one",
        canonical_until(SupportPlanDrafted),
        issued(SupportPlanRevised, MUNICIPALITY),
    ),
    Broken(
        assistance.the_plan_in_force_is_revised,
        "an older plan is revised",
        PLANNED,
        issued(SupportPlanRevised, NGO, plan_id=UNKNOWN),
    ),
    Broken(
        reimbursement.claim_lies_within_its_window,
        "a claim for days before the service",
        (*PLANNED, issued(SupportProvided, MUNICIPALITY, starts_on="2024-03-20")),
        issued(ReimbursementClaimed, MUNICIPALITY, ends_on="2024-03-19"),
    ),
    Broken(
        reimbursement.claim_lies_within_its_window,
        "a claim for days after the service",
        (*PLANNED, issued(SupportProvided, MUNICIPALITY, ends_on="2024-03-19")),
        issued(ReimbursementClaimed, MUNICIPALITY, starts_on="2024-03-20"),
    ),
    Broken(
        reimbursement.claim_lies_within_its_window,
        "a claim for a day before the period",
        canonical_until(ReimbursementClaimed),
        issued(ReimbursementClaimed, MUNICIPALITY, starts_on="2024-03-07"),
    ),
    Broken(
        reimbursement.support_is_claimed_once,
        "a service is claimed again while the claim awaits its decision",
        CLAIMED,
        issued(ReimbursementClaimed, MUNICIPALITY, id=new(1)),
    ),
    Broken(
        reimbursement.support_is_claimed_once,
        "a service is claimed twice in one claim",
        canonical_until(ReimbursementClaimed),
        issued(ReimbursementClaimed, MUNICIPALITY, support_ids=[event_id(13), event_id(13)]),
    ),
]
"""Children, inspections, plans and money."""
