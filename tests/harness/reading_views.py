"""Every pure function by which a service reads a case or the directory: none may fail, at any time, for any view."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pydantic_core import to_json

from contracts.calendar.days import swedish_day
from contracts.chapters.clocks import fallen_due, reminder_event
from contracts.chapters.erasure import holders_of
from contracts.directory.events import AgencyAdmitted, CapacityAnnounced
from contracts.directory.evolution import fold_directory
from contracts.directory.view import DirectoryView
from contracts.event.case_event import Provenance
from contracts.law.bitemporal import recorded_late_by
from contracts.law.deadlines import deadlines, due_event, next_moment
from contracts.law.personal_details import personal_details_open_to
from contracts.privacy.offer_preview import preview
from contracts.privacy.readers import closed_to, may_read_case, may_read_personal
from contracts.privacy.reading_report import printed, report_for_victim
from contracts.statistics.tables import CountedCase, Tally
from contracts.sweden.guidance.entitlement import statuses, who_can_assist
from contracts.sweden.guidance.next_recipient import next_recipients
from contracts.sweden.guidance.next_steps import what_would_open_doors
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyKind, kind_named_by
from contracts.vocabulary.choices import DataClass, Service
from harness.keys import key_of

NOWS = (
    datetime.min.replace(tzinfo=UTC),
    datetime(2024, 4, 2, 9, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
)
DATES = (date.min, date(2024, 4, 2), date.max)


def _admitted(agency: str) -> tuple[AgencyAdmitted, Provenance]:
    kind = kind_named_by(agency)
    event = AgencyAdmitted.model_validate_json(
        to_json({**AgencyAdmitted.example, "agency": agency, "kind": kind, "region": None, **key_of(agency)})
    )
    return event, Provenance("x", "coordinator", AgencyKind.COORDINATOR, event.occurred_at)


DIRECTORY = fold_directory(
    [
        *map(_admitted, ("coordinator", "ngo-hamnen", "municipality-0184", "region-01", "police")),
        (CapacityAnnounced.canonical(), Provenance("x", "ngo-hamnen", AgencyKind.NGO, NOWS[1])),
    ]
)


def read_case(case: CaseView) -> None:
    """Whatever is read of a case; what the clock says of it is an event that reads back."""
    for deadline in deadlines(case):
        assert due_event(deadline).occurred_at == deadline.due_at
        if deadline.remind_at is not None:
            assert reminder_event(deadline).occurred_at == deadline.remind_at <= deadline.due_at
    assert (next_moment(case) is None) is (not deadlines(case))
    for now in NOWS:
        fallen_due(case, now)
        recorded_late_by(NOWS[1], now)
        for offer in case.offers:
            next_recipients(case, offer.id, DIRECTORY, now)
    for on in DATES:
        statuses(case, on)
        who_can_assist(case, on)
        what_would_open_doors(case, on)
        for data_class in DataClass:
            one_by_one = {
                each.agency
                for each in case.participants
                if data_class in personal_details_open_to(case, each.agency, on)
            }
            assert one_by_one & may_read_case(case) <= may_read_personal(case, data_class, on)
    for offer in case.offers:
        preview(case, offer.id)
    for swedish in (True, False):
        printed(report_for_victim(case), swedish=swedish)
    for agency in holders_of(case):
        closed_to(case, agency)
    assert CaseView.model_validate_json(case.canonical_json()).digest == case.digest
    _count(case)


def _count(case: CaseView) -> None:
    for now in NOWS:
        row = CountedCase((("VictimDetected", swedish_day(now)), ("CaseClosed", date.max)), case)
        tally = Tally(date(2024, 1, 1), date(2024, 12, 31), ("01",))
        tally.count(row)
        tally.statistics()


def read_directory(directory: DirectoryView) -> None:
    """Whatever is read of the directory."""
    for entry in directory.agencies:
        directory.doubt(entry.agency, entry.current_key.id, "VictimDetected")
        assert entry.current_sealing_key
        for on in DATES:
            entry.certification(on)
            directory.certifies(entry.agency, "x", on)
        for now in NOWS:
            entry.active(now)
    for now in NOWS:
        for service in Service:
            directory.with_capacity(service, now, region="01", for_child=True)
    assert DirectoryView.model_validate_json(directory.model_dump_json()) == directory
