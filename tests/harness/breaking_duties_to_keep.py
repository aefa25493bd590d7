"""Breaking the rules of the duty to keep records after an erasure (R31)."""

from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.sweden.chapters import duty_to_keep
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR
from harness.breaking import UNKNOWN, Broken, new

KEPT = OTHER_CASES["a holder keeps its own"]
HELD = KEPT[:-3]
"""A case that three agencies hold."""

ASKED = KEPT[:-2]
"""Its erasure is asked for."""

DETAILS_ASKED = (
    *HELD,
    issued(ErasureRequested, NGO, scope="personal-details", occurred_at="2026-12-02T09:00:00Z"),
)
LATER = "2026-12-02T09:00:06Z"

DUTIES_TO_KEEP = [
    Broken(
        duty_to_keep.authorities_object,
        "an organisation objects",
        ASKED,
        issued(ErasureObjected, NGO),
    ),
    Broken(
        duty_to_keep.holder_objects_before_it_confirms,
        "nothing is to be erased",
        HELD,
        issued(ErasureObjected, MUNICIPALITY),
    ),
    Broken(
        duty_to_keep.holder_objects_before_it_confirms,
        "to an erasure that nobody asked for",
        ASKED,
        issued(ErasureObjected, MUNICIPALITY, request_id=UNKNOWN),
    ),
    Broken(
        duty_to_keep.holder_objects_before_it_confirms,
        "to an erasure of personal details alone",
        DETAILS_ASKED,
        issued(ErasureObjected, MUNICIPALITY),
    ),
    Broken(
        duty_to_keep.holder_objects_before_it_confirms,
        "after it has confirmed",
        (*ASKED, issued(ErasureConfirmed, MUNICIPALITY, occurred_at="2026-12-02T09:00:03Z")),
        issued(ErasureObjected, MUNICIPALITY),
    ),
    Broken(
        duty_to_keep.holder_objects_before_it_confirms,
        "twice on one ground",
        KEPT[:-1],
        issued(ErasureObjected, MUNICIPALITY, id=new(1), occurred_at=LATER),
    ),
    Broken(
        duty_to_keep.the_act_covers_what_is_kept,
        "on the ground of another kind of agency",
        ASKED,
        issued(ErasureObjected, COORDINATOR),
    ),
    Broken(
        duty_to_keep.the_act_covers_what_is_kept,
        "a kind of record that the act does not name",
        ASKED,
        issued(ErasureObjected, MUNICIPALITY, keeps=["NeedsAssessed", "ReferralAccepted"]),
    ),
    *(
        Broken(
            duty_to_keep.the_act_covers_what_is_kept,
            f"until {until}",
            ASKED,
            issued(ErasureObjected, MUNICIPALITY, until=until),
        )
        for until in ("2026-12-01", "2031-12-03")
    ),
]
