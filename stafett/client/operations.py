"""The calls of a service. Generated from docs/published/openapi.json, so it has over 250 lines.

python tools/client_files.py --write
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from stafett.client.answers import (
    Actions,
    ApiInfo,
    Assistance,
    CaseDeadline,
    CaseDifference,
    CaseOpening,
    CaseSummary,
    CaseView,
    CertifiedProvider,
    ContactDetails,
    Coordinator,
    DeadLetter,
    Delegate,
    DeletedSubscriber,
    DeletedWebhook,
    DismissedEvent,
    ErasureState,
    ExplainedText,
    FinishedTask,
    FreePlaces,
    HandedOut,
    Hotline,
    IssuableEvent,
    Kept,
    ListedAgency,
    ListedKeptRecord,
    ListedRecord,
    MissingKey,
    MunicipalityDetails,
    MunicipalitySummary,
    NextRecipients,
    OfferForm,
    OfferSummary,
    OpenTask,
    OwedEntry,
    PastReading,
    PingResult,
    Preview,
    PublishedSchema,
    QuarantinedMessage,
    ReadDetails,
    ReadingReport,
    Recorded,
    Redelivered,
    Replay,
    Replayed,
    RulesetText,
    RunningDeadline,
    SealedYearCount,
    ServiceHealth,
    ShownKeptRecord,
    Skipped,
    Statistics,
    SubmissionState,
    SubscriberState,
    Training,
    VictimYear,
    WebhookSecret,
    WebhookState,
    WishTaken,
)
from stafett.client.asking import Call, new_key, path_of, sent
from stafett.client.received import HistoricEvent, History, Listing, NeedsAttention, Page

__all__ = [
    "change_subscriber",
    "change_webhook",
    "check_liveness",
    "check_readiness",
    "create_webhook",
    "delete_subscriber",
    "delete_webhook",
    "dismiss_event",
    "finish_task",
    "hand_out_receipt",
    "list_actions",
    "list_agencies",
    "list_capacity",
    "list_case_deadlines",
    "list_cases",
    "list_consent_texts",
    "list_contacts",
    "list_coordinators",
    "list_dead_letters",
    "list_deadlines",
    "list_delegates",
    "list_dismissals",
    "list_erasures",
    "list_issuable_events",
    "list_kept_records",
    "list_missing_keys",
    "list_municipalities",
    "list_needs_attention",
    "list_next_recipients",
    "list_offers",
    "list_openings",
    "list_owed_entries",
    "list_personal_details",
    "list_providers",
    "list_quarantine",
    "list_readings",
    "list_rules",
    "list_schemas",
    "list_subscribers",
    "list_tasks",
    "list_trainings",
    "list_webhooks",
    "ping_webhook",
    "read_api_info",
    "read_assistance",
    "read_case",
    "read_case_event",
    "read_case_history",
    "read_form",
    "read_hotline",
    "read_kept_record",
    "read_municipality",
    "read_offer_preview",
    "read_personal_details",
    "read_reading_report",
    "read_statistics",
    "read_submission",
    "read_subscriber",
    "read_victim_report",
    "read_webhook",
    "read_year_count",
    "redeliver_dead_letter",
    "redeliver_dead_letters",
    "replay_subscriber",
    "request_erasure",
    "rotate_webhook_secret",
    "show_difference",
    "show_replay",
    "skip_entry",
    "take_wish",
]


def change_subscriber(subscriber: str, *, state: str) -> Call[SubscriberState]:
    """Pause a subscriber, or let it go on where it was, with three days again for what is pending."""
    return Call(
        sent(
            "PATCH",
            path_of("/v1/subscribers/{subscriber}", subscriber=subscriber),
            body={"state": state},
            repeatable=False,
        ),
        {200: SubscriberState},
    )


def change_webhook(
    webhook_id: str,
    *,
    url: str | None = None,
    content: str | None = None,
    types: Sequence[str] | None = None,
    state: str | None = None,
) -> Call[WebhookState]:
    """Change a webhook. One that is made active goes on where it was, and has three days again for what is pending."""
    return Call(
        sent(
            "PATCH",
            path_of("/v1/webhooks/{webhook_id}", webhook_id=webhook_id),
            body={"url": url, "content": content, "types": types, "state": state},
            repeatable=True,
        ),
        {200: WebhookState},
    )


def check_liveness() -> Call[ServiceHealth]:
    """The process is alive."""
    return Call(sent("GET", "/health/live", repeatable=True), {200: ServiceHealth})


def check_readiness() -> Call[ServiceHealth]:
    """The service is ready; `degraded` names what a person should look at.

    When the service is not ready, the answer is a problem that names the trouble of each part.
    """
    return Call(sent("GET", "/health/ready", repeatable=True), {200: ServiceHealth})


def create_webhook(
    *, url: str, content: str | None = None, types: Sequence[str] | None = None, after: str | None = None
) -> Call[WebhookSecret]:
    """Have the feed sent to an address. The answer has the secret by which the receiver knows the sender; keep it."""
    return Call(
        sent(
            "POST",
            "/v1/webhooks",
            body={"url": url, "content": content, "types": types, "after": after},
            repeatable=False,
        ),
        {201: WebhookSecret},
    )


def delete_subscriber(subscriber: str) -> Call[DeletedSubscriber]:
    """Delete the position of a subscriber whose code is gone, with what it is owed."""
    return Call(
        sent("DELETE", path_of("/v1/subscribers/{subscriber}", subscriber=subscriber), repeatable=False),
        {200: DeletedSubscriber},
    )


def delete_webhook(webhook_id: str) -> Call[DeletedWebhook]:
    """Delete a webhook, with what it is owed and its dead letters."""
    return Call(
        sent("DELETE", path_of("/v1/webhooks/{webhook_id}", webhook_id=webhook_id), repeatable=False),
        {200: DeletedWebhook},
    )


def dismiss_event(event_id: str, *, reason: str) -> Call[DismissedEvent]:
    """Give up an event that the rules refused. The service keeps it with the reason; a second call changes nothing."""
    return Call(
        sent(
            "POST",
            path_of("/v1/needs-attention/{event_id}/dismissed", event_id=event_id),
            body={"reason": reason},
            repeatable=True,
        ),
        {200: DismissedEvent},
    )


def finish_task(task_id: str) -> Call[FinishedTask]:
    """Mark a task as done. A second call changes nothing."""
    return Call(
        sent("POST", path_of("/v1/tasks/{task_id}/done", task_id=task_id), repeatable=True), {200: FinishedTask}
    )


def hand_out_receipt(case_id: str, *, valid_until: date | None = None) -> Call[HandedOut]:
    """Make a receipt for the person: what is recorded, by whom, how she takes back a consent, whom to call, and a
    code.

    Ask for text/plain or text/html to print it; Accept-Language selects Swedish or English. The code is shown in
    this answer alone. Lost, it cannot be found again; hand out another receipt.
    """
    return Call(
        sent(
            "POST",
            path_of("/v1/cases/{case_id}/receipts", case_id=case_id),
            body={"valid_until": valid_until},
            repeatable=False,
        ),
        {201: HandedOut},
    )


def list_actions(case_id: str) -> Call[Actions]:
    """Tell which events this agency's people may issue in the case now, how each is filled in, and for each that is
    not possible, the rule and who can supply what is missing.

    It knows the case and nothing of what the caller will fill in: `possible` is true when some way to fill the
    event in is lawful, and null when that hangs on what only the caller knows.
    """
    return Call(sent("GET", path_of("/v1/cases/{case_id}/actions", case_id=case_id), repeatable=True), {200: Actions})


def list_agencies(
    *, kind: str | None = None, limit: int | None = None, page: int | None = None, cursor: str | None = None
) -> Call[Page[ListedAgency]]:
    """The agencies on the bus, in the order of their admission, including suspended ones."""
    return Call(
        sent(
            "GET",
            "/v1/directory",
            query={"kind": kind, "limit": limit, "page": page, "cursor": cursor},
            repeatable=True,
        ),
        {200: Page[ListedAgency]},
    )


def list_capacity(
    *, service: str | None = None, region: str | None = None, for_child: bool | None = None
) -> Call[Listing[FreePlaces]]:
    """The free places that providers have announced, most places first."""
    return Call(
        sent(
            "GET",
            "/v1/directory/capacity",
            query={"service": service, "region": region, "for_child": for_child},
            repeatable=True,
        ),
        {200: Listing[FreePlaces]},
    )


def list_case_deadlines(case_id: str) -> Call[Listing[RunningDeadline]]:
    """Every deadline that runs in the case, the first to run out first, with its moment and its last Swedish day."""
    return Call(
        sent("GET", path_of("/v1/cases/{case_id}/deadlines", case_id=case_id), repeatable=True),
        {200: Listing[RunningDeadline]},
    )


def list_cases(
    *,
    status: str | None = None,
    role: str | None = None,
    region: str | None = None,
    municipality: str | None = None,
    identification: str | None = None,
    age_band: str | None = None,
    updated_since: datetime | None = None,
    limit: int | None = None,
    page: int | None = None,
    cursor: str | None = None,
) -> Call[Page[CaseSummary]]:
    """The cases that this agency takes part in, the most recently changed first."""
    return Call(
        sent(
            "GET",
            "/v1/cases",
            query={
                "status": status,
                "role": role,
                "region": region,
                "municipality": municipality,
                "identification": identification,
                "age_band": age_band,
                "updated_since": updated_since,
                "limit": limit,
                "page": page,
                "cursor": cursor,
            },
            repeatable=True,
        ),
        {200: Page[CaseSummary]},
    )


def list_consent_texts() -> Call[Listing[ExplainedText]]:
    """The texts that are explained to a person before she consents, the oldest first. A consent names one by its id."""
    return Call(sent("GET", "/v1/consent-texts", repeatable=True), {200: Listing[ExplainedText]})


def list_contacts(*, kind: str | None = None, member_of: str | None = None) -> Call[Listing[ContactDetails]]:
    """Everybody whom a professional may call about trafficking."""
    return Call(
        sent("GET", "/v1/contacts", query={"kind": kind, "member_of": member_of}, repeatable=True),
        {200: Listing[ContactDetails]},
    )


def list_coordinators() -> Call[Listing[Coordinator]]:
    """The regional coordinators, and the counties that each serves."""
    return Call(sent("GET", "/v1/coordinators", repeatable=True), {200: Listing[Coordinator]})


def list_dead_letters(webhook_id: str, *, limit: int | None = None, page: int | None = None) -> Call[Page[DeadLetter]]:
    """The messages that were given up, in the order of the feed; never any of their content."""
    return Call(
        sent(
            "GET",
            path_of("/v1/webhooks/{webhook_id}/dead-letters", webhook_id=webhook_id),
            query={"limit": limit, "page": page},
            repeatable=True,
        ),
        {200: Page[DeadLetter]},
    )


def list_deadlines(
    *,
    kind: str | None = None,
    until: date | None = None,
    limit: int | None = None,
    page: int | None = None,
    cursor: str | None = None,
) -> Call[Page[CaseDeadline]]:
    """Every deadline that runs in the cases that this agency takes part in, the first to run out first."""
    return Call(
        sent(
            "GET",
            "/v1/deadlines",
            query={"kind": kind, "until": until, "limit": limit, "page": page, "cursor": cursor},
            repeatable=True,
        ),
        {200: Page[CaseDeadline]},
    )


def list_delegates() -> Call[Listing[Delegate]]:
    """The agencies that receive for others that are not on the bus, by the agency that each receives for."""
    return Call(sent("GET", "/v1/directory/delegates", repeatable=True), {200: Listing[Delegate]})


def list_dismissals(
    *, limit: int | None = None, page: int | None = None, cursor: str | None = None
) -> Call[Page[DismissedEvent]]:
    """The refused events that caseworkers gave up, the newest first."""
    return Call(
        sent("GET", "/v1/dismissals", query={"limit": limit, "page": page, "cursor": cursor}, repeatable=True),
        {200: Page[DismissedEvent]},
    )


def list_erasures(case_id: str) -> Call[Listing[ErasureState]]:
    """The erasures of the case, and the holders that have not yet confirmed each."""
    return Call(
        sent("GET", path_of("/v1/cases/{case_id}/erasures", case_id=case_id), repeatable=True),
        {200: Listing[ErasureState]},
    )


def list_issuable_events() -> Call[Listing[IssuableEvent]]:
    """The events that this agency may issue, each with the role that may issue it and its schema.

    Send the events of the chapter `directory` to `/v1/directory/events`, and all others to a case.
    """
    return Call(sent("GET", "/v1/events", repeatable=True), {200: Listing[IssuableEvent]})


def list_kept_records(*, limit: int | None = None, page: int | None = None) -> Call[Page[ListedKeptRecord]]:
    """The agency's own records that it keeps by law although their case is erased, the newest first; never their
    content. For an auditor or a records officer of the agency.
    """
    return Call(
        sent("GET", "/v1/kept-records", query={"limit": limit, "page": page}, repeatable=True),
        {200: Page[ListedKeptRecord]},
    )


def list_missing_keys(
    *, limit: int | None = None, page: int | None = None, cursor: str | None = None
) -> Call[Page[MissingKey]]:
    """The keys that the agency should hold and does not, each with its repair: grants that the service could not
    take, and cases in which no grant opens what the agency wrote or reads.
    """
    return Call(
        sent("GET", "/v1/missing-keys", query={"limit": limit, "page": page, "cursor": cursor}, repeatable=True),
        {200: Page[MissingKey]},
    )


def list_municipalities(
    *, search: str | None = None, limit: int | None = None, page: int | None = None, cursor: str | None = None
) -> Call[Page[MunicipalitySummary]]:
    """The municipalities that the search finds, by name. Case and accents do not matter."""
    return Call(
        sent(
            "GET",
            "/v1/municipalities",
            query={"search": search, "limit": limit, "page": page, "cursor": cursor},
            repeatable=True,
        ),
        {200: Page[MunicipalitySummary]},
    )


def list_needs_attention(
    *, case_id: str | None = None, limit: int | None = None, page: int | None = None, cursor: str | None = None
) -> Call[Page[NeedsAttention]]:
    """The events that the rules refused when the service could send them, the oldest first. A caseworker must decide
    about each.
    """
    return Call(
        sent(
            "GET",
            "/v1/needs-attention",
            query={"case_id": case_id, "limit": limit, "page": page, "cursor": cursor},
            repeatable=True,
        ),
        {200: Page[NeedsAttention]},
    )


def list_next_recipients(case_id: str, offer_id: str) -> Call[NextRecipients]:
    """The agencies to which the referrer could offer the case next, the most suitable first; and whom to ask.

    It is a proposal: people choose, and the rules judge the referral that they make.
    """
    return Call(
        sent(
            "GET",
            path_of("/v1/cases/{case_id}/offers/{offer_id}/next-recipients", case_id=case_id, offer_id=offer_id),
            repeatable=True,
        ),
        {200: NextRecipients},
    )


def list_offers(
    *,
    state: str | None = None,
    direction: str | None = None,
    limit: int | None = None,
    page: int | None = None,
    cursor: str | None = None,
) -> Call[Page[OfferSummary]]:
    """The offers that this agency made or received in its cases, the newest first."""
    return Call(
        sent(
            "GET",
            "/v1/offers",
            query={"state": state, "direction": direction, "limit": limit, "page": page, "cursor": cursor},
            repeatable=True,
        ),
        {200: Page[OfferSummary]},
    )


def list_openings(
    *, case_id: str | None = None, limit: int | None = None, page: int | None = None
) -> Call[Page[CaseOpening]]:
    """Which people and systems of this agency opened which case on which day, the newest first; for an auditor or a
    records officer of the agency.

    It tells of the cases that the agency has left too, and of no case that is erased.
    """
    return Call(
        sent("GET", "/v1/openings", query={"case_id": case_id, "limit": limit, "page": page}, repeatable=True),
        {200: Page[CaseOpening]},
    )


def list_owed_entries(subscriber: str, *, limit: int | None = None, page: int | None = None) -> Call[Page[OwedEntry]]:
    """The entries that wait for their handler or were given up, in the feed's order; never any of their content."""
    return Call(
        sent(
            "GET",
            path_of("/v1/subscribers/{subscriber}/owed", subscriber=subscriber),
            query={"limit": limit, "page": page},
            repeatable=True,
        ),
        {200: Page[OwedEntry]},
    )


def list_personal_details(case_id: str) -> Call[Listing[ListedRecord]]:
    """The records of personal details: their class, who recorded them and when; never their content."""
    return Call(
        sent("GET", path_of("/v1/cases/{case_id}/personal-details", case_id=case_id), repeatable=True),
        {200: Listing[ListedRecord]},
    )


def list_providers(*, service: str | None = None, on: date | None = None) -> Call[Listing[CertifiedProvider]]:
    """The providers with a certificate in force on a Swedish day (`on`, today when left out), by name."""
    return Call(
        sent("GET", "/v1/directory/providers", query={"service": service, "on": on}, repeatable=True),
        {200: Listing[CertifiedProvider]},
    )


def list_quarantine(
    *, limit: int | None = None, page: int | None = None, cursor: str | None = None
) -> Call[Page[QuarantinedMessage]]:
    """The messages of the log that the service set aside, the newest first; never any of their content."""
    return Call(
        sent("GET", "/v1/quarantine", query={"limit": limit, "page": page, "cursor": cursor}, repeatable=True),
        {200: Page[QuarantinedMessage]},
    )


def list_readings(
    case_id: str, *, limit: int | None = None, page: int | None = None, cursor: str | None = None
) -> Call[Page[PastReading]]:
    """The readings of personal details in this case, oldest first: who read, when, what for, and on which consent."""
    return Call(
        sent(
            "GET",
            path_of("/v1/cases/{case_id}/readings", case_id=case_id),
            query={"limit": limit, "page": page, "cursor": cursor},
            repeatable=True,
        ),
        {200: Page[PastReading]},
    )


def list_rules() -> Call[Listing[RulesetText]]:
    """Every ruleset, the oldest first. The ruleset in force when an event occurred judges that event."""
    return Call(sent("GET", "/v1/rules", repeatable=True), {200: Listing[RulesetText]})


def list_schemas() -> Call[Listing[PublishedSchema]]:
    """The JSON Schema of every version of every event that was ever published, with its address."""
    return Call(sent("GET", "/schemas", repeatable=True), {200: Listing[PublishedSchema]})


def list_subscribers() -> Call[Listing[SubscriberState]]:
    """The agency's own functions that are told its feed, the oldest first, and how far each has come."""
    return Call(sent("GET", "/v1/subscribers", repeatable=True), {200: Listing[SubscriberState]})


def list_tasks(
    *,
    case_id: str | None = None,
    until: date | None = None,
    limit: int | None = None,
    page: int | None = None,
    cursor: str | None = None,
) -> Call[Page[OpenTask]]:
    """The open tasks of caseworkers, the soonest due first."""
    return Call(
        sent(
            "GET",
            "/v1/tasks",
            query={"case_id": case_id, "until": until, "limit": limit, "page": page, "cursor": cursor},
            repeatable=True,
        ),
        {200: Page[OpenTask]},
    )


def list_trainings(
    *, limit: int | None = None, page: int | None = None, cursor: str | None = None
) -> Call[Page[Training]]:
    """The trainings that the coordinator has held, the latest first."""
    return Call(
        sent("GET", "/v1/directory/trainings", query={"limit": limit, "page": page, "cursor": cursor}, repeatable=True),
        {200: Page[Training]},
    )


def list_webhooks() -> Call[Listing[WebhookState]]:
    """The webhooks, the oldest first, and how far each has come."""
    return Call(sent("GET", "/v1/webhooks", repeatable=True), {200: Listing[WebhookState]})


def ping_webhook(webhook_id: str) -> Call[PingResult]:
    """Send a test message now. If its receiver accepts it, everything that is pending is tried now too."""
    return Call(
        sent("POST", path_of("/v1/webhooks/{webhook_id}/ping", webhook_id=webhook_id), repeatable=False),
        {200: PingResult},
    )


def read_api_info() -> Call[ApiInfo]:
    """About this interface, in the form of Sweden's REST API profile."""
    return Call(sent("GET", "/api-info", repeatable=True), {200: ApiInfo})


def read_assistance(case_id: str, *, on: date | None = None) -> Call[Assistance]:
    """Tell who can assist on a Swedish day (`on`, today when left out), with which services and why; and which steps
    would bring more help.

    It refuses nothing: an agency may always do more than its duty.
    """
    return Call(
        sent("GET", path_of("/v1/cases/{case_id}/assistance", case_id=case_id), query={"on": on}, repeatable=True),
        {200: Assistance},
    )


def read_case(case_id: str, *, at: str | None = None) -> Call[CaseView]:
    """The case as this agency reads it. The digest of its core is also its entity tag, while no key is awaited.

    With `at`: as this agency read it at an earlier version or moment, without the parts that it does not read now.
    Its entity tag is then none for `If-Match`, since nobody decides on it.
    """
    return Call(
        sent("GET", path_of("/v1/cases/{case_id}", case_id=case_id), query={"at": at}, repeatable=True), {200: CaseView}
    )


def read_case_event(case_id: str, event_id: str) -> Call[HistoricEvent]:
    """One event of the case."""
    return Call(
        sent(
            "GET", path_of("/v1/cases/{case_id}/events/{event_id}", case_id=case_id, event_id=event_id), repeatable=True
        ),
        {200: HistoricEvent},
    )


def read_case_history(case_id: str, *, after: int | None = None, limit: int | None = None) -> Call[History]:
    """The events of the case in order, at most `limit` of them after the version `after`.

    `next` is the `after` of the following part.
    """
    return Call(
        sent(
            "GET",
            path_of("/v1/cases/{case_id}/events", case_id=case_id),
            query={"after": after, "limit": limit},
            repeatable=True,
        ),
        {200: History},
    )


def read_form(case_id: str, offer_id: str, *, language: str | None = None) -> Call[OfferForm]:
    """The form for the recipient of an open offer outside the bus: the preview, the code, and the link if there is
    one.

    Ask for text/html or text/plain to print or send it. Whoever may record the recipient's answer may read it.
    """
    return Call(
        sent(
            "GET",
            path_of("/v1/cases/{case_id}/offers/{offer_id}/form", case_id=case_id, offer_id=offer_id),
            query={"language": language},
            repeatable=True,
        ),
        {200: OfferForm},
    )


def read_hotline() -> Call[Hotline]:
    """The hotline for professionals: whether it is open now, when that changes, and its number."""
    return Call(sent("GET", "/v1/hotline", repeatable=True), {200: Hotline})


def read_kept_record(event_id: str) -> Call[ShownKeptRecord]:
    """One kept record with what it says. First, it is on record that the caller opened it today."""
    return Call(
        sent("GET", path_of("/v1/kept-records/{event_id}", event_id=event_id), repeatable=True), {200: ShownKeptRecord}
    )


def read_municipality(code: str) -> Call[MunicipalityDetails]:
    """The municipality with this code of Statistics Sweden, with its county and its regional coordinator."""
    return Call(
        sent("GET", path_of("/v1/municipalities/{code}", code=code), repeatable=True), {200: MunicipalityDetails}
    )


def read_offer_preview(case_id: str, offer_id: str) -> Call[Preview]:
    """The facts that the recipient of an offer may see before it answers: enough to decide, nothing that identifies.

    Only the recipient and the referrer may read them.
    """
    return Call(
        sent(
            "GET",
            path_of("/v1/cases/{case_id}/offers/{offer_id}/preview", case_id=case_id, offer_id=offer_id),
            repeatable=True,
        ),
        {200: Preview},
    )


def read_personal_details(
    case_id: str, *, data_classes: Sequence[str], purpose: str, role: str | None = None
) -> Call[ReadDetails]:
    """Read personal details. Each call is a reading of its own, which is in the log before the service answers."""
    return Call(
        sent(
            "POST",
            path_of("/v1/cases/{case_id}/personal-details/readings", case_id=case_id),
            body={"data_classes": data_classes, "purpose": purpose, "role": role},
            repeatable=False,
        ),
        {201: ReadDetails},
    )


def read_reading_report(case_id: str) -> Call[ReadingReport]:
    """The account for the victim, in plain words: which agencies have read which personal details, and on which days
    how many people of this agency have opened the case.

    Ask for text/plain to print it; Accept-Language selects Swedish or English.
    """
    return Call(
        sent("GET", path_of("/v1/cases/{case_id}/readings/report", case_id=case_id), repeatable=True),
        {200: ReadingReport},
    )


def read_statistics(*, from_: str, to: str) -> Call[Statistics]:
    """The numbers of presumed victims by form of exploitation, chapter reached, region and month; none below five.

    Publish periods that do not overlap: a reader could compute hidden numbers from the difference of two periods.
    """
    return Call(sent("GET", "/v1/statistics", query={"from": from_, "to": to}, repeatable=True), {200: Statistics})


def read_submission(event_id: str) -> Call[SubmissionState]:
    """The result of a submission: what happened to an event that this agency issued."""
    return Call(
        sent("GET", path_of("/v1/submissions/{event_id}", event_id=event_id), repeatable=True), {200: SubmissionState}
    )


def read_subscriber(subscriber: str) -> Call[SubscriberState]:
    """A subscriber and how far it has come."""
    return Call(
        sent("GET", path_of("/v1/subscribers/{subscriber}", subscriber=subscriber), repeatable=True),
        {200: SubscriberState},
    )


def read_victim_report(*, year: int) -> Call[VictimYear]:
    """The yearly report on victims that the European Union asks for, in the words of HTCDS and IC-TIP; none below
    five.

    Ask for text/csv to get the same rows as a table. Each presumed victim is counted once, and no two tables are
    crossed.
    """
    return Call(sent("GET", "/v1/statistics/victims", query={"year": year}, repeatable=True), {200: VictimYear})


def read_webhook(webhook_id: str) -> Call[WebhookState]:
    """A webhook and how far it has come."""
    return Call(
        sent("GET", path_of("/v1/webhooks/{webhook_id}", webhook_id=webhook_id), repeatable=True), {200: WebhookState}
    )


def read_year_count(*, year: int) -> Call[SealedYearCount]:
    """The cases of a year that this agency opened, in the cells of the report on victims; for the coordinator alone.

    The numbers are sealed to the national coordinator and signed by this agency, so the file may travel by any
    way. The coordinator adds the counts of all agencies and hides small numbers only then.
    """
    return Call(sent("GET", "/v1/statistics/cells", query={"year": year}, repeatable=True), {200: SealedYearCount})


def redeliver_dead_letter(webhook_id: str, number: str) -> Call[Redelivered]:
    """Try one dead letter again."""
    return Call(
        sent(
            "POST",
            path_of("/v1/webhooks/{webhook_id}/dead-letters/{number}/redeliver", webhook_id=webhook_id, number=number),
            repeatable=False,
        ),
        {200: Redelivered},
    )


def redeliver_dead_letters(webhook_id: str) -> Call[Redelivered]:
    """Try all dead letters again, for three days from now, under the ids that they had."""
    return Call(
        sent(
            "POST", path_of("/v1/webhooks/{webhook_id}/dead-letters/redeliver", webhook_id=webhook_id), repeatable=False
        ),
        {200: Redelivered},
    )


def replay_subscriber(subscriber: str, *, after: str | None = None, number: int | None = None) -> Call[Replayed]:
    """Handle again: everything after a position, or dead letters."""
    return Call(
        sent(
            "POST",
            path_of("/v1/subscribers/{subscriber}/replay", subscriber=subscriber),
            body={"after": after, "number": number},
            repeatable=False,
        ),
        {200: Replayed},
    )


def request_erasure(
    case_id: str,
    *,
    scope: str,
    reason: str,
    key: str | None = None,
    if_match: str | None = None,
    traceparent: str | None = None,
    correlation_id: str | None = None,
    causation_id: str | None = None,
) -> Call[Recorded | Kept]:
    """Request that every holder erases the case, or all personal details in it. Nobody can undo an erasure.

    Only a records officer of the agency that leads the case may request it. The service names the holders: the
    participants, the former participants and the national coordinator.
    """
    return Call(
        sent(
            "POST",
            path_of("/v1/cases/{case_id}/erasures", case_id=case_id),
            headers={
                "Idempotency-Key": key or new_key(),
                "If-Match": if_match,
                "traceparent": traceparent,
                "X-Correlation-ID": correlation_id,
                "X-Causation-ID": causation_id,
            },
            body={"scope": scope, "reason": reason},
            repeatable=True,
        ),
        {201: Recorded, 202: Kept},
    )


def rotate_webhook_secret(webhook_id: str, *, overlap_hours: int | None = None) -> Call[WebhookSecret]:
    """Give a webhook a new secret. Until the overlap ends, both secrets sign each message."""
    return Call(
        sent(
            "POST",
            path_of("/v1/webhooks/{webhook_id}/rotate", webhook_id=webhook_id),
            body={"overlap_hours": overlap_hours},
            repeatable=False,
        ),
        {200: WebhookSecret},
    )


def show_difference(case_id: str, *, from_: str, to: str, as_: str | None = None) -> Call[CaseDifference]:
    """The difference between two versions or moments of the case, as an agency could read it; for an auditor."""
    return Call(
        sent(
            "GET",
            path_of("/v1/cases/{case_id}/replay/difference", case_id=case_id),
            query={"from": from_, "to": to, "as": as_},
            repeatable=True,
        ),
        {200: CaseDifference},
    )


def show_replay(
    case_id: str,
    *,
    at: str | None = None,
    as_: str | None = None,
    ruleset: str | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> Call[Replay]:
    """Replay the case step by step up to a version or a moment, as an agency could read it then, and say on what
    ground it could. Of this agency, at a moment, it tells what had been received and could be opened by then; for
    an auditor.
    """
    return Call(
        sent(
            "GET",
            path_of("/v1/cases/{case_id}/replay", case_id=case_id),
            query={"at": at, "as": as_, "ruleset": ruleset, "after": after, "limit": limit},
            repeatable=True,
        ),
        {200: Replay},
    )


def skip_entry(subscriber: str, *, number: int) -> Call[Skipped]:
    """Let an entry be, whether it waits or was given up. One that says to forget is not let be."""
    return Call(
        sent(
            "POST",
            path_of("/v1/subscribers/{subscriber}/skip", subscriber=subscriber),
            body={"number": number},
            repeatable=False,
        ),
        {200: Skipped},
    )


def take_wish(*, code: str, wish: str) -> Call[WishTaken]:
    """Take the word of a person who shows her receipt, also where this agency takes no part in her case: she takes
    back every consent, or asks to be contacted or erased. Those who take part learn of it; nothing of the case is
    shown.
    """
    return Call(
        sent("POST", "/v1/shown-receipts", body={"code": code, "wish": wish}, repeatable=False), {201: WishTaken}
    )
