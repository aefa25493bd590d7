"""Breaking the rules that came with SE-2026-07: of the facts for the statistics, and of acute danger."""

from contracts.chapters import statistical_facts
from contracts.chapters.detection import VictimDetected
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.sweden.chapters import acute_danger
from contracts.sweden.chapters.acute_danger import PoliceAlertAnswered, PoliceAlerted
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE
from contracts.testing.given_when_then import issued
from harness.breaking import AUDITOR, UNKNOWN, Broken, new

TODAY = OTHER_CASES["a referral to its end"][:1]
"""A case that is opened when SE-2026-07 is in force."""

ALERTED = OTHER_CASES["acute danger"][:2]
"""The police were told."""

NEWEST_LAW = [
    Broken(
        statistical_facts.participants_say_what_is_counted,
        "an auditor says what is counted",
        TODAY,
        issued(StatisticalFactsRecorded, AUDITOR),
    ),
    Broken(
        acute_danger.participants_alert_police_answer,
        "an auditor tells the police",
        TODAY,
        issued(PoliceAlerted, AUDITOR),
    ),
    *(
        Broken(acute_danger.the_call_comes_first, how, TODAY, issued(PoliceAlerted, NGO, called_112_at=called))
        for how, called in (
            ("nobody has called 112 yet", "2026-12-03T22:10:01Z"),
            ("the call was the day before", "2026-12-02T22:09:59Z"),
        )
    ),
    Broken(
        acute_danger.the_ground_is_one_of_the_issuers,
        "an organisation names a ground of authorities",
        TODAY,
        issued(PoliceAlerted, NGO, ground="serious-offence"),
    ),
    Broken(
        acute_danger.the_ground_is_one_of_the_issuers,
        "a ground on children, of an adult",
        (issued(VictimDetected, MUNICIPALITY, occurred_at="2026-12-01T09:30:00Z"),),
        issued(PoliceAlerted, MUNICIPALITY, ground="child-in-danger"),
    ),
    Broken(
        acute_danger.the_alerted_police_answer,
        "no such alert",
        ALERTED,
        issued(PoliceAlertAnswered, POLICE, alert_id=UNKNOWN),
    ),
    Broken(
        acute_danger.the_alerted_police_answer,
        "other police answer",
        (*ALERTED, issued(PoliceAlerted, NGO, id=new(41), police="police-syd")),
        issued(PoliceAlertAnswered, POLICE, alert_id=new(41)),
    ),
]
