"""The answers of a service. Generated from docs/published/openapi.json, so it has over 250 lines.

python tools/client_files.py --write
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from contracts.vocabulary.wording import Wording
from stafett.client.received import Received, ShownRecord


class ActionNow(Received):
    """An event that people of this agency issue, and whether it is possible now.

    The service fills in `occurred_at` when it is left out. `GET /v1/events` has the JSON Schema under
    `schema_uri`.
    """

    type: str
    label: Wording
    says: Wording
    chapter: Choice
    role: Choice
    yours: bool
    schema_uri: str
    possible: bool | None
    objection: Objection | None
    fields: tuple[FormField, ...]


class Actions(Received):
    """What may be done in a case now. `agencies`: those that can be asked, for the fields that name an agency."""

    case_id: str
    version: int
    agencies: tuple[Askable, ...]
    items: tuple[ActionNow, ...]


class Alert(Received):
    """An alert of the police, and the latest measure; None: the police have not answered."""

    id: str
    police: str
    alerted_by: str
    danger: str
    ground: str
    measure: str | None = None


class ApiInfo(Received):
    """About this API, in the form of Sweden's REST API profile."""

    apiName: str
    apiVersion: str
    apiReleased: date
    apiDocumentation: str
    apiStatus: str


class Appeal(Received):
    """An appeal. `application_id`: the application that was refused; None for asylum, of which there is one claim.

    `stays_removal`: while it is tried, the person may not be removed.
    """

    id: str
    of: str
    application_id: str | None
    lodged_by: str
    lodged_on: date
    court: str | None
    stays_removal: bool
    residence_before: str
    outcome: str | None = None


class AsAgency(Received):
    """The reading of an agency at the stop: all that it could read then, and why.

    `takes_part`: whether it was in the case (null: this store cannot tell). `parts`: each part, on what ground,
    and which events that opens. `erased`: whether it had destroyed its keys. `here`: whether it is the agency of
    this store, whose own keys were compared; of another one, the epochs and this agency's grants were.
    `not_shown`: the parts that it read and this store does not open. `mismatches`: where the recorded keys differ
    from the rules.
    """

    agency: str
    takes_part: bool | None
    erased: bool
    here: bool
    parts: tuple[ReadPart, ...]
    not_shown: tuple[str, ...]
    mismatches: tuple[Mismatch, ...]


class Askable(Received):
    """An agency that can be asked."""

    agency: str
    kind: str
    name: str


class Assistance(Received):
    """The kinds of agency that can assist on a day and why, and the steps that would bring more help (R8).

    `ask`: the regional coordinator of the place where the victim was met (R16); null when the place is not known.
    """

    on: date
    statuses: tuple[str, ...]
    can_assist: tuple[Entitled, ...]
    would_open_doors: tuple[Opening, ...]
    promised_and_not_given: tuple[NotGiven, ...]
    ask: ContactDetails | None


class AssistanceDecision(Received):
    """A municipality's decision on an application for assistance."""

    id: str
    decided_by: str
    services: tuple[str, ...]
    decision: str
    decided_on: date


class Awaited(Received):
    """A decision or an answer that somebody waits for.

    Attributes: kind: what it is. about: the id of the event that asked for it in the first place: an application
    that takes two decisions, one after the other, stays the same. asked_of: who owes it. asked_by: who waits for
    it. since: the Swedish day on which the wait began: that on which its beginning was recorded. last_day: the
    last Swedish day on which it is not late. overdue: True once the clock has said that it is late.
    """

    id: str
    kind: str
    about: str
    asked_of: str
    asked_by: str
    since: date
    last_day: date
    overdue: bool = False


class BenefitAppeal(Received):
    """An appeal. `decision_id`: the claim on the state, or the event by which the municipality decided."""

    id: str
    of: str
    decision_id: str
    lodged_by: str
    lodged_on: date
    court: str | None
    outcome: str | None = None


class BestInterests(Received):
    """The latest assessment, for one step and one country, of whether the step is in the child's best interests."""

    id: str
    step: str
    country: str | None
    in_best_interests: bool
    assessed_by: str
    child_heard: bool


class BothTexts(Received):
    """The same text in English and in Swedish."""

    en: str
    sv: str


class CaseDeadline(Received):
    """A deadline that runs in one of the agency's cases."""

    kind: str
    subject: str
    due_at: datetime
    last_day: date
    remind_at: datetime | None
    overdue: bool
    concerns: tuple[str, ...]
    case_id: str


class CaseDifference(Received):
    """The difference between two moments of a case, as one agency could read it at each of them.

    `before`, `after`: the two moments. `changes`: the fields of the view that changed. `parts_before`,
    `parts_after`: the parts that the agency read and this store opens: a field can also appear because a part
    came. `cannot_open`: as in a replay.
    """

    format: str = "stafett.difference.v1"
    case_id: str
    agency: str
    as_agency: str
    before: ReplayStop
    after: ReplayStop
    parts_before: tuple[str, ...]
    parts_after: tuple[str, ...]
    cannot_open: tuple[ClosedPart, ...]
    changes: tuple[FieldChange, ...]


class CaseOpening(Received):
    """A case that somebody of this agency opened on a Swedish day; at most one for each day, case and set of parts.

    `person`: the pseudonym of whoever opened it. `system`: true if a program did, on its own account. `parts`: the
    parts of the case that the agency read then.
    """

    case_id: str
    person: str
    system: bool
    on: date
    parts: tuple[str, ...]


class CaseSummary(Received):
    """A case in a list."""

    case_id: str
    version: int
    status: str
    opened_by: str | None
    lead: str | None
    identification: str | None
    exploitation_forms: tuple[str, ...]
    age_band: str
    residence: str
    region: str | None
    municipality: str | None
    updated_at: datetime | None


class CaseView(Received):
    """A case as its participants see it, at one version. It holds no personal details.

    Attributes: risk_assessed_on: the Swedish day of the latest assessment of the risk. knew_all: the participants
    of a case that is older than the parts, at its first event with parts; they go on reading all of it.
    before_parts: True while every event of the case is older than the parts. hidden: the parts whose fields were
    taken away; nothing can be concluded from the emptiness of these fields.
    """

    case_id: str
    version: int = 0
    status: str = "unopened"
    opened_by: str | None = None
    lead: str | None = None
    participants: tuple[Participant, ...] = ()
    former: tuple[Former, ...] = ()
    identification: str | None = None
    exploitation_forms: tuple[str, ...] = ()
    age_band: str = "unknown"
    unaccompanied: bool = False
    immediate_danger: bool = False
    residence: str = "unknown"
    region: str | None = None
    municipality: str | None = None
    language: str | None = None
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
    closed_for: str | None = None
    duplicate_of: str | None = None
    erasures: tuple[Erasure, ...] = ()
    offer_questions: tuple[OfferQuestion, ...] = ()
    unmet_needs: tuple[UnmetNeed, ...] = ()
    age_basis: str | None = None
    custodian_in_doubt: bool = False
    guardians: tuple[Guardian, ...] = ()
    best_interests: tuple[BestInterests, ...] = ()
    return_choices: tuple[ReturnChoice, ...] = ()
    refusals: tuple[SaidNo, ...] = ()
    risk_assessed_on: date | None = None
    knew_all: tuple[str, ...] = ()
    statistical_facts: StatisticalFacts | None = None
    alerts: tuple[Alert, ...] = ()
    supported_on: date | None = None
    counsel: tuple[Counsel, ...] = ()
    interviews: tuple[Interview, ...] = ()
    charges: tuple[Charge, ...] = ()
    non_punishment: tuple[NonPunishmentDecision, ...] = ()
    compensation: tuple[Compensation, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    refused_claim: RefusedClaim | None = None
    safety_plan: SafetyPlan | None = None
    receipts: tuple[HandedReceipt, ...] = ()
    assistance_decisions: tuple[AssistanceDecision, ...] = ()
    benefit_appeals: tuple[BenefitAppeal, ...] = ()
    digest: str
    digests: dict[str, str]
    parts: tuple[str, ...]
    awaits: tuple[str, ...]
    readers: dict[str, tuple[str, ...]]


class Cell(Received):
    """One cell of a table. Null: hidden, because the number is small or would reveal a small one."""

    name: str
    count: int | None


class CertifiedProvider(Received):
    """A provider and its certificate, which an acceptance within the National Support Programme names (R15)."""

    agency: str
    kind: str
    name: str
    region: str | None
    municipality: str | None
    certificate_id: str
    services: tuple[str, ...]
    valid_from: date
    valid_until: date


class Charge(Received):
    """A charge against whoever is suspected of exploiting the victim, with its trial and its latest judgment."""

    id: str
    charged_on: date
    court: str | None
    trial_starts_on: date | None = None
    trial_ends_on: date | None = None
    damages_claimed_sek: int | None = None
    judged_on: date | None = None
    instance: str | None = None
    verdict: str | None = None
    damages_awarded_sek: int | None = None
    final: bool = False


class ChildConcern(Received):
    """A report of concern for a child, which social services assess the same or the next day (R14)."""

    id: str
    reported_by: str
    municipality: str
    reported_on: date
    assessed_on: date | None = None
    protection_needed: bool | None = None
    overdue: bool = False
    inquiry_concluded_on: date | None = None


class Choice(Received):
    """A value that a field may hold, and its label."""

    value: str
    label: Wording


class Claim(Received):
    """A claim of a municipality or a region on the state."""

    id: str
    claimed_by: str
    support_ids: tuple[str, ...]
    starts_on: date
    ends_on: date
    claimed_sek: int
    decision: str = "pending"
    granted_sek: int | None = None
    decided_on: date | None = None
    share_percent: int | None = None


class ClosedPart(Received):
    """A part that this store cannot follow. `from_version`: the first event that it cannot open (null: unknown)."""

    part: str
    from_version: int | None


class Compensation(Received):
    """A claim for the state's compensation to a victim of crime, and its decision."""

    id: str
    claimed_by: str
    claimed_on: date
    claimed_sek: int | None
    decision: str = "pending"
    awarded_sek: int | None = None


class Consent(Received):
    """A consent of the victim, without the parts that were withdrawn."""

    id: str
    recipients: tuple[str, ...]
    purposes: tuple[str, ...]
    data_classes: tuple[str, ...]
    given_at: datetime
    valid_until: date


class Consultation(Received):
    """A question to the coordinator, who can know of it from the Swedish day on which it was recorded."""

    id: str
    asked_by: str
    coordinator: str
    asked_on: date
    answered: bool = False
    overdue: bool = False


class ContactDetails(Received):
    """A contact to call or write to, and for which purposes. `agency`: its id on the bus; null when it has none.

    `on_the_bus`: true if the directory has that agency now and it is not suspended, so that an event may ask it.
    """

    id: str
    agency: str | None
    name: Wording
    purpose: Wording
    nmt_region: str | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    website: str | None
    address: str | None
    kind: str
    member_of: str | None
    source: str | None
    on_the_bus: bool


class Coordinator(Received):
    """A regional coordinator, and the counties that it serves."""

    nmt_region: str
    agency: str
    contact: ContactDetails
    counties: tuple[CountyDetails, ...]


class Counsel(Received):
    """A lawyer who was appointed for the victim. `counsel`: the agency, where it is on the bus."""

    id: str
    task: str
    appointed_on: date
    counsel: str | None


class Counts(Received):
    """Tables over the same persons, each counted once. Only readable cases are counted by form and by region."""

    total: int | None
    by_month: tuple[Cell, ...]
    by_chapter: tuple[Cell, ...]
    by_form: tuple[Cell, ...] | None
    by_region: tuple[Cell, ...] | None


class CountyDetails(Received):
    """A county. Its region is responsible for health care."""

    code: str
    name: str
    nmt_region: str
    agency: str


class DeadLetter(Received):
    """A message that was given up. `number`: names it for redelivery. `event`: the event's name, or what to forget."""

    number: int
    position: str
    case_id: str
    event: str
    attempts: int
    trouble: str
    owed_since: datetime
    given_up_at: datetime


class Delegate(Received):
    """An agency that receives for one that is not on the bus, and the number at which it is reached."""

    agency: str
    delegate: str
    phone: str | None
    since: datetime


class DeletedSubscriber(Received):
    """A subscriber whose position is deleted, with what it was owed. If the service has its code, it begins anew."""

    name: str
    deleted: bool = True


class DeletedWebhook(Received):
    """A webhook that is deleted, with what it was owed and its secrets."""

    webhook_id: str
    deleted: bool = True


class DismissedEvent(Received):
    """A refused event that a caseworker gave up. Its submission names the rule that refused it."""

    event_id: str
    reason: str
    dismissed_at: datetime


class DryRun(Received):
    """The event would be accepted, as far as this service knows now. Nothing was stored or sent."""

    would: str


class Entitled(Received):
    """The help that the victim can expect from one kind of agency, the services that it could give, and why."""

    kind: str
    prospect: str
    why: Wording
    services: tuple[str, ...]


class Erasure(Received):
    """An erasure: what is to be erased, which agencies hold it, which of them have confirmed that it is gone, and
    which keep records of their own by law.
    """

    id: str
    scope: str
    requested_by: str
    requested_at: datetime
    holders: tuple[str, ...]
    confirmed_by: tuple[str, ...] = ()
    objections: tuple[HoldersObjection, ...] = ()


class ErasureState(Received):
    """An erasure: its scope, the agencies that hold or held the data, those that have not yet confirmed, and those
    that keep records of their own by law.
    """

    erasure_id: str
    scope: str
    requested_by: str
    requested_at: datetime
    holders: tuple[str, ...]
    confirmed: tuple[str, ...]
    outstanding: tuple[str, ...]
    objections: tuple[ObjectionState, ...]


class EventToIssue(Received):
    """An event that does a task, and the role of those who may issue it at this agency."""

    name: str
    role: str


class ExplainedText(Received):
    """A text that is explained to a person before she consents. It never changes; a new wording has another id."""

    id: str
    since: date
    title: Wording
    paragraphs: tuple[Wording, ...]


class FieldChange(Received):
    """A field that changed.

    `path`: the names and the places in lists that lead to it. `before`, `after`: its values; null is also the
    value of a field that was not there. `added`, `removed`: true if the field or the entry is only in the second,
    or only in the first.
    """

    path: tuple[str | int, ...]
    before: Any = None
    after: Any = None
    added: bool = False
    removed: bool = False


class FinishedTask(Received):
    """A task that is done."""

    task_id: str
    case_id: str
    done: bool = True


class FormField(Received):
    """A field of an event.

    Attributes: name: its name in the event's schema. label: its plain words. type: what it holds. several: True if
    it holds a list of such values. required: True if the event cannot be sent without it. default: the value that
    the case or the event's schema suggests; None: no value. choices: the values that a `choice` or a `part` may
    have. kinds: the kinds of agency among which an `agency` is chosen. fields: the fields of a `group`.
    """

    name: str
    label: Wording
    type: str
    several: bool
    required: bool
    default: Any = None
    choices: tuple[Choice, ...] = ()
    kinds: tuple[str, ...] = ()
    fields: tuple[FormField, ...] = ()


class Former(Received):
    """An agency that took part in the case from `since` until `until` (UTC) and left; it reads no later event."""

    agency: str
    since: datetime
    until: datetime


class FreePlaces(Received):
    """Free places that a provider has announced, and when."""

    agency: str
    name: str
    service: str
    places: int
    region: str
    municipality: str | None
    takes_children: bool
    announced_at: datetime


class Guardian(Received):
    """Somebody who was appointed for the child."""

    id: str
    kind: str
    appointed_on: date


class HandedOut(Received):
    """A receipt. The code is in this answer alone: the service keeps no copy of it."""

    receipt_id: str
    code: str = Field(repr=False)
    valid_until: date
    title: Wording
    recorded: tuple[Wording, ...]
    rights: tuple[Wording, ...]


class HandedReceipt(Received):
    """A receipt. `link`: the last published link of its code's hash chain. `shown`: how often it was shown."""

    id: str
    handed_by: str
    valid_until: date
    link: str
    shown: int = 0


class HelpTimes(Received):
    """The days from the detection to the first support, the first accepted offer, and the formal identification."""

    support: Waits
    acceptance: Waits
    identification: Waits


class HoldersObjection(Received):
    """A holder's objection to an erasure: it keeps its own events of these names until a day, and erases the rest."""

    agency: str
    ground: str
    keeps: tuple[str, ...]
    until: date


class Hotline(Received):
    """The state of the hotline for professionals now, and the words for it."""

    open: bool
    changes_at: datetime
    says: Wording
    contact: ContactDetails
    meanwhile: tuple[ContactDetails, ...]


class Inspection(Received):
    """A joint inspection of a workplace: who takes part, and who has reported."""

    id: str
    requested_by: str
    partners: tuple[str, ...]
    reported_by: tuple[str, ...] = ()


class IntegrationPlan(Received):
    """The individual plan for a life in Sweden (R12)."""

    id: str
    drafted_by: str
    services: tuple[str, ...]


class Interview(Received):
    """An interview with the victim, planned or held."""

    id: str
    planned_on: date | None
    held_on: date | None = None


class Investigation(Received):
    """A preliminary investigation."""

    id: str
    led_by: str
    opened_on: date
    closed_on: date | None = None


class IssuableEvent(Received):
    """An event that this agency may issue, the role that may issue it, and the JSON Schema of its data.

    `label`: what a person does who issues it. `schema_address`: where its schema stands, for good. `by_people`:
    false when the agency's service issues the event by itself, so that nobody can send it.
    """

    name: str
    type: str
    title: str
    label: Wording
    role: str
    by_people: bool
    chapter: str
    opens_case: bool
    schema_uri: str
    schema_address: str
    data_schema: dict[str, Any]
    example: dict[str, Any]


class Kept(Received):
    """The event is on this service's disk. The service sends it when it can; read the submission for the result."""

    event_id: str
    case_id: str
    status: str


class Lacking(Received):
    """Tables over the persons who lack some service, each in one cell of each; `several`: who lacks more than one."""

    total: int | None
    by_service: tuple[Cell, ...]
    by_region: tuple[Cell, ...]


class ListedAgency(Received):
    """An agency on the bus. `certified_services`: the services that its certificates in force today cover (R15)."""

    agency: str
    kind: str
    name: str
    region: str | None
    municipality: str | None
    certified_services: tuple[str, ...]
    suspended: bool


class ListedKeptRecord(Received):
    """A record that the agency keeps: the kind of event that it was, the ground in law, and the last day."""

    event_id: str
    case_id: str
    event: str
    ground: str
    until: date


class ListedRecord(Received):
    """A record of personal details, without its content."""

    record_id: str
    data_class: str
    recorded_by: str
    recorded_at: datetime


class Mismatch(Received):
    """A section of an event that the recorded keys open otherwise than the rules say.

    `lawful`: whether the rules let the agency open it. `recorded`: whether the recorded keys do. `code`: `no-key`:
    the key had not come (or is destroyed); `old-key`: it is sealed under a key that a former reader has;
    `granted`: this agency granted the key to one that might not have it.
    """

    version: int
    part: str
    lawful: bool
    recorded: bool
    code: str
    text: BothTexts


class MissingKey(Received):
    """A key that this agency should hold and does not."""

    case_id: str
    compartment: str | None
    granter: str | None
    reason: str
    repair: Wording


class MunicipalityDetails(Received):
    """The agencies responsible for the people of a municipality, and the regional coordinator to ask (R16)."""

    code: str
    name: str
    agency: str
    county: CountyDetails
    coordinator: ContactDetails


class MunicipalitySummary(Received):
    """A municipality in a list."""

    code: str
    name: str
    county_code: str
    agency: str


class Needs(Received):
    """The latest structured assessment, and its Swedish day. One that was recorded before `LEAVES_MORE_SINCE` says
    neither the risk nor the day.
    """

    id: str
    services: tuple[str, ...]
    urgent: tuple[str, ...]
    risk: str | None = None
    assessed_on: date | None = None


class NextRecipients(Received):
    """The agencies that could get the offer instead, the most suitable first; and the regional coordinator (R16)."""

    items: tuple[SuggestedRecipient, ...]
    ask: ContactDetails | None


class NonPunishmentDecision(Received):
    """A prosecutor has considered whether the victim is to be punished for an offence committed under compulsion."""

    id: str
    result: str
    decided_on: date


class NotGiven(Received):
    """A service that an agency accepted to give, and that it has neither given nor reported on in fourteen days."""

    offer_id: str
    recipient: str
    service: str
    late_since: date


class Objection(Received):
    """A rule that objects: its id and wording, what is missing, and who can supply that."""

    rule: str
    rule_text: Wording
    missing: Wording
    supplied_by: tuple[str, ...]


class ObjectionState(Received):
    """A holder's objection: the law by which it keeps its own records of these kinds, and the last day."""

    agency: str
    ground: str
    keeps: tuple[str, ...]
    until: date


class Offer(Received):
    """An offer of the case to a recipient; an offer to or from another country names that country (R17).

    Attributes: suggested: the agency that the recipient suggested when it declined or handed the case back.
    accepted_on: the Swedish day on which the recipient accepted. promised: the services that the recipient then
    promised. report: what has come of it; None: the recipient has not reported yet. unreached: the id of the
    latest event by which the recipient said that it could not reach the person. handed_back: why the recipient
    handed the case back.

    by_duty: a concern for somebody who may be a child was referred to social services without consent (R3).
    external: the recipient is not on the bus; the referrer records its answer (R33).

    Offers that were accepted before `LEAVES_MORE_SINCE` say neither when nor with which services.
    """

    id: str
    referrer: str
    recipient: str
    purposes: tuple[str, ...]
    services: tuple[str, ...]
    offered_at: datetime
    respond_by: datetime
    programme: bool = False
    country: str | None = None
    state: str = "open"
    suggested: str | None = None
    urgency: str = "ordinary"
    accepted_on: date | None = None
    promised: tuple[str, ...] = ()
    report: OutcomeReport | None = None
    unreached: str | None = None
    handed_back: str | None = None
    by_duty: bool = False
    external: bool = False


class OfferForm(Received):
    """The form for the recipient of an offer outside the bus. Whoever has its code can answer for the recipient.

    `link`: the address at which the recipient reads the preview and answers; null when the service has none.
    """

    code: str = Field(repr=False)
    link: str | None = Field(repr=False)
    respond_by: datetime
    preview: Preview


class OfferQuestion(Received):
    """A question that the recipient of an open offer asked the referrer before answering the offer."""

    id: str
    offer_id: str
    asked_by: str
    answered: bool = False


class OfferSummary(Received):
    """An offer that this agency made or received. `suggested`: the agency that the decliner suggested instead.

    `external`: the recipient is not on the bus; this agency asks it by the form, and records its answer.
    """

    offer_id: str
    case_id: str
    direction: str
    referrer: str
    recipient: str
    purposes: tuple[str, ...]
    services: tuple[str, ...]
    offered_at: datetime
    urgency: str = "ordinary"
    respond_by: datetime
    awaits_answer: bool
    programme: bool
    country: str | None
    external: bool = False
    state: str
    suggested: str | None


class OpenTask(Received):
    """A task for a caseworker.

    `code`: the kind of work; `notice` only tells something. `about`: which one of that kind, mostly the id of the
    event that asks for it. `since`: when that event was recorded. `events`: the events of which one does the task;
    none when people do it outside Stafett and mark it as done. `actions`: the address of the case's actions, with
    the defaults of these events. An earlier release's tasks have empty texts for `code`, `about` and `since`.
    """

    task_id: str
    case_id: str
    text: Wording
    due: str | None
    code: str
    about: str
    since: str
    events: tuple[EventToIssue, ...]
    actions: str


class Opening(Received):
    """A step that would bring more help: the event, the kinds of agency that can issue it, and what it leads to."""

    event: str
    by: tuple[str, ...]
    would: Wording
    opens: tuple[str, ...]


class OtherVerdict(Received):
    """The verdict of a ruleset on an event, on the case as it was. `rule`: the id of the rule that objects, or null.

    `missing`: what the event lacks by it. `core_only`: true if only the rules of the core could judge. `differs`:
    true if it is another verdict than that of its day; null when nobody could judge the event here.
    """

    ruleset: str
    judged: bool
    rule: str | None = None
    rule_text: BothTexts | None = None
    missing: BothTexts | None = None
    core_only: bool = False
    differs: bool | None = None


class OutcomeReport(Received):
    """The latest report on an accepted offer: its Swedish day, and the latest result for each service."""

    id: str
    reported_on: date
    services: tuple[ServiceOutcome, ...]


class OwedEntry(Received):
    """An entry that is owed to a subscriber; never any of its content.

    `number`: names it for skip and replay. `event`: the event's name, or what to forget. `dead`: true if it was
    given up; then `next_attempt_at` is null. `trouble`: why the last attempt failed: the class of the exception,
    `timeout`, `not-none` (the handler returned something), or the code with which the handler gave up.
    """

    number: int
    position: str
    case_id: str
    event: str
    dead: bool
    attempts: int
    trouble: str | None
    owed_since: datetime
    next_attempt_at: datetime | None


class Participant(Received):
    """An agency that takes part in the case, how it came to take part, and since when (UTC).

    `parts`: the parts that a task by law has it read, beside the core and those of the offers that it accepted.
    """

    agency: str
    participation: str
    since: datetime
    parts: tuple[str, ...] = ()


class PastGround(Received):
    """A reason why an agency reads a part.

    `since`: the version of the event with which it began to hold. `about`: the id of the event that it rests on,
    such as the offer. `consents`: the ids of the consents in force that cover it.
    """

    reason: str
    since: int
    about: str | None
    consents: tuple[str, ...]


class PastReading(Received):
    """A reading of personal details. `person`: the reader's pseudonym, which only their agency can resolve."""

    reading: str
    agency: str
    role: str
    person: str
    data_classes: tuple[str, ...]
    purpose: str
    consent_id: str
    read_at: datetime


class Permit(Received):
    """A time-limited permit, or the application for one. The first and the last day belong to the permit's time."""

    id: str
    kind: str
    requested_by: str | None = None
    decision: str = "pending"
    starts_on: date | None = None
    ends_on: date | None = None
    ended: bool = False


class PingResult(Received):
    """The receiver's answer to a test message. `trouble`: why it was not accepted."""

    accepted: bool
    status: int | None
    trouble: str | None


class Preview(Received):
    """The de-identified facts of an offered case, and the purposes and services that the offer asks for."""

    offer_id: str
    referrer: str
    recipient: str
    purposes: tuple[str, ...]
    services: tuple[str, ...]
    urgent: tuple[str, ...]
    urgency: str
    respond_by: datetime
    state: str
    programme: bool
    country: str | None
    exploitation_forms: tuple[str, ...]
    age_band: str
    unaccompanied: bool
    immediate_danger: bool
    residence: str
    identification: str | None
    region: str | None
    municipality: str | None
    language: str | None
    interpreter_needed: bool


class PublishedSchema(Received):
    """A published schema: the event and its version, the CloudEvents type and `dataschema`, and the address.

    `current`: false for a version that agencies still read, and no longer issue.
    """

    name: str
    event: str
    version: int
    type: str
    schema_uri: str
    address: str
    current: bool


class QuarantinedMessage(Received):
    """A message of the log that the service set aside. `case_id`: null when this agency takes no part in the case."""

    incarnation: int
    sequence: int
    case_id: str | None
    event_id: str | None
    agency: str
    reason: str
    detail: str


class ReadDetails(Received):
    """The records that were asked for. `reading`: the id of the event that tells every participant of this reading."""

    reading: str
    case_id: str
    role: str
    records: tuple[ShownRecord, ...]


class ReadPart(Received):
    """A part, why the agency reads it (by nothing, when it is no reader any more), and the events that this opens.

    `reads`: true if the agency is a reader at this version. `last`: the last version at which it was one. `opens`:
    the versions of the events whose section in this part the agency may open.
    """

    part: str
    reads: bool
    last: int
    grounds: tuple[PastGround, ...]
    opens: tuple[int, ...]


class Reading(Received):
    """A reading of personal details. `person` is the reader's pseudonym, which only their agency can resolve."""

    id: str
    agency: str
    role: str
    person: str
    data_classes: tuple[str, ...]
    purpose: str
    consent_id: str
    read_at: datetime


class ReadingReport(Received):
    """The readings of the victim's personal details, and how many others stay secret until an investigation ends.

    `proceedings`: what happened in the legal proceedings, the oldest first. `openings`: when people of this agency
    opened the case; `openings_held_back`: how many openings stay secret until an investigation ends. `kept`: what
    agencies keep by law although the case is erased.
    """

    rows: tuple[ReportedReading, ...]
    held_back: int
    proceedings: tuple[Wording, ...]
    openings: tuple[ReportedDay, ...]
    openings_held_back: int
    kept: tuple[Wording, ...]


class Recorded(Received):
    """The event is in the log at this sequence, and is this version of the case."""

    event_id: str
    case_id: str
    version: int
    sequence: int


class RecordedDetails(Received):
    """A record of personal details, which is kept beside the log: who wrote it, and the SHA-256 of its ciphertext."""

    id: str
    record_id: str
    data_class: str
    digest: str
    recorded_by: str
    recorded_at: datetime


class RecordedRecord(Received):
    """The record is kept beside the log, and the log has the event that says so."""

    event_id: str
    case_id: str
    version: int
    sequence: int
    record_id: str


class Redelivered(Received):
    """How many dead letters are pending again."""

    redelivered: int


class ReflectionPeriod(Received):
    """An application for a reflection period and its result. The first and the last day belong to the period."""

    id: str
    requested_by: str
    decision: str = "pending"
    starts_on: date | None = None
    ends_on: date | None = None
    ended: bool = False


class RefusedClaim(Received):
    """The claim for asylum that was refused, and when."""

    refused_on: date


class Reminded(Received):
    """A deadline that has been reminded of, so that nobody reminds again."""

    kind: str
    subject: str


class Replay(Received):
    """A case replayed from one agency's store.

    `format`: the schema of this answer. `agency`: the agency of the store. `newest`: the version of the case there
    now. `cannot_open`: the parts that this store cannot follow up to the stop; without its core, there is no view
    and no digest. `view`: the case as the agency of the replay could read it, as far as this store opens it; null
    when it had no part in it. `digest`: of the core. `reading`: what that agency could read. `steps`: at most as
    many as were asked for; `next`: the version after which to go on, or null.
    """

    format: str = "stafett.replay.v1"
    case_id: str
    agency: str
    newest: int
    at: ReplayStop
    cannot_open: tuple[ClosedPart, ...]
    digest: str | None
    view: dict[str, Any] | None
    reading: AsAgency
    steps: tuple[ReplayStep, ...]
    next: int | None = None


class ReplayStep(Received):
    """An event of the case, as the replay comes to it.

    `received_at`: when this agency received it; `opened_at`: when it could open it; `details_opened_at`: when it
    could open its details. Each is null when it is not known, or has not come about. `opens`, `opens_details`:
    whether the agency of the replay may open the core, or the details (null: there are none). `data`: as it is
    read today. `written`: as it was written, where that is not the same. `ruleset`: the one that judged it.
    `set_aside`: why it has no effect; null when it has. `changes`: what it changed in the view.
    """

    version: int
    event_id: str
    type: str
    title: BothTexts | None
    agency: str
    recorded_at: datetime
    received_at: datetime | None
    opened_at: datetime | None
    details_opened_at: datetime | None
    opens: bool
    opens_details: bool | None
    part: str
    ruleset: str
    set_aside: str | None
    type_read: str | None
    data: dict[str, Any] | None
    written: dict[str, Any] | None
    changes: tuple[FieldChange, ...]
    otherwise: OtherVerdict | None


class ReplayStop(Received):
    """The moment of a replay. `version`: that of the case. `moment`: the point in time that was asked for, or null.

    `by`: how the version was found: it was asked for, or it follows from when the events were recorded, or from
    when this agency received them. `unknown`: true if for some of these events it is not known when they were
    received, so that the time of their recording stands for it.
    """

    version: int
    moment: datetime | None
    by: str
    unknown: bool


class Replayed(Received):
    """The entries handled again. `entries`: how many dead letters; null when the subscriber went back to `after`."""

    name: str
    after: str | None
    entries: int | None


class ReportedDay(Received):
    """The openings of the case at this agency on one day, as the account tells them to the victim."""

    on: date
    people: int
    systems: int
    says: Wording


class ReportedReading(Received):
    """One reading, as the account tells it to the victim."""

    on: date
    agency: str
    what: Wording
    why: Wording
    says: Wording


class ReturnChoice(Received):
    """The victim's informed choice to return to a country; for a child also what the child and the guardian say."""

    id: str
    destination: str
    child_view: str | None
    guardian_consents: bool


class RuleText(Received):
    """A rule: its id, its wording, its source, and the events that it judges."""

    id: str
    text: Wording
    source: str
    judges: tuple[str, ...]


class RulesetText(Received):
    """The rules in force from a date until the date of the next ruleset.

    `adopted_at`: the moment from which agencies judge by them; they judge nothing that was recorded earlier.
    """

    id: str
    in_force_from: date
    adopted_at: datetime
    rules: tuple[RuleText, ...]


class RunningDeadline(Received):
    """A deadline that runs in the case. `subject`: the id of the event that began it."""

    kind: str
    subject: str
    due_at: datetime
    last_day: date
    remind_at: datetime | None
    overdue: bool
    concerns: tuple[str, ...]


class SafetyPlan(Received):
    """The safety plan in force: who made it, and until when it holds without being looked at again."""

    id: str
    made_by: str
    review_on: date


class SaidNo(Received):
    """A no of the victim: to sharing the case for purposes, or to services."""

    id: str
    asked_by: str
    purposes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


class SealedYearCount(Received):
    """The cases of a year that this agency opened, counted for the national coordinator: sealed to it, and signed."""

    agency: str
    year: int
    key_id: str
    sealed: str
    signature: str


class ServiceHealth(Received):
    """The trouble of each part in plain words, or null when it has none. `degraded`: what a person should look at."""

    status: str
    broker: str | None = None
    store: str | None = None
    replica: str | None = None
    degraded: tuple[str, ...] = ()
    lists: str | None = None


class ServiceOutcome(Received):
    """The result for one service: whether it was given, since when, and if not all of it was, why."""

    service: str
    result: str
    since: date | None = None
    reasons: tuple[str, ...] = ()


class ShownKeptRecord(Received):
    """A kept record with what it says: the type of the event, when it was recorded, and its data."""

    event_id: str
    case_id: str
    event: str
    ground: str
    until: date
    type: str
    recorded_at: datetime
    data: dict[str, Any]


class Skipped(Received):
    """The delivery that is owed no more."""

    name: str
    number: int


class StatisticalFacts(Received):
    """The latest of these facts that an agency recorded."""

    id: str
    sex: str
    citizenship: str


class Statistics(Received):
    """The presumed victims whose cases were opened from the first month to the last; no number below `fewest`.

    `readable`: the cases that the coordinator takes part in. `others`: the cases of which it sees only envelopes.
    `unmet`: of the readable, those in which no referral was possible for some service. `late`: of the readable,
    those in which a promised service was not given in fourteen days. `time_to_help`: how long the readable waited.
    """

    first_month: str
    last_month: str
    fewest: int
    readable: Counts
    others: Counts
    unmet: Lacking
    late: Lacking
    time_to_help: HelpTimes


class SubmissionState(Received):
    """The result of an event that this agency issued. `reason`: the rule that refused it when it could be sent."""

    event_id: str
    case_id: str
    status: str
    version: int | None
    sequence: int | None
    reason: str | None


class SubscriberState(Received):
    """A subscriber and how far it has come.

    `registered`: true if this service has its code. `position`: the feed up to there was taken in; `behind`: about
    how many rows the feed has after it. `pending`: entries that are not handled yet, the oldest since
    `pending_since`. `failures`: failed attempts since the last success; `trouble`: why the last attempt failed.
    """

    name: str
    registered: bool
    types: tuple[str, ...]
    state: str
    position: str
    behind: int
    pending: int
    pending_since: datetime | None
    next_attempt_at: datetime | None
    dead_letters: int
    handled: int
    failures: int
    trouble: str | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    created_at: datetime


class SuggestedRecipient(Received):
    """An agency that could accept the case instead, and what a referral to it still lacks.

    `places`: the free places that it has announced for the services asked for; null when it has announced none.
    """

    agency: str
    kind: str
    name: str
    why: Wording
    suggested_by_decliner: bool
    needs_consent: bool
    places: int | None


class Support(Received):
    """A service that somebody gave."""

    id: str
    service: str
    provider: str
    starts_on: date
    ends_on: date | None


class SupportPlan(Received):
    """The plan that services follow."""

    id: str
    drafted_by: str
    services: tuple[str, ...]
    review_on: date
    revisions: int = 0
    made_without_victim: bool = False


class Training(Received):
    """A training that the coordinator held."""

    topic: str
    audience: tuple[str, ...]
    held_on: date
    participants: int
    region: str | None


class UnmetNeed(Received):
    """A service that the person needs and for which no referral was possible; `found_on`: the Swedish day on which
    that was recorded. `region`: where it was sought; None: not known.
    """

    id: str
    service: str
    region: str | None
    reasons: tuple[str, ...]
    found_by: str
    found_on: date


class VictimNumber(Received):
    """One number of the report on victims: our table and word, the words of HTCDS and IC-TIP, and the number.

    `exact`: the code says just what our word says. `victims`: null when the number is hidden.
    """

    table: str
    table_en: str
    table_sv: str
    word: str
    word_en: str
    word_sv: str
    ic_tip_unit: str
    htcds_field: str
    htcds_code: str
    exact: bool
    victims: int | None


class VictimYear(Received):
    """The registered victims of a year, presumed and identified, as article 19a of Directive 2011/36/EU asks for
    them.

    They are the cases of that year that the coordinator takes part in. `total`: null when it is below `fewest`.
    """

    year: int
    standard: str
    fewest: int
    total: int | None
    rows: tuple[VictimNumber, ...]


class VoluntaryReturn(Received):
    """An application to the return programme, and the journey that follows it."""

    id: str
    requested_by: str
    destination: str
    coordinator: str
    stage: str = "requested"
    departs_on: date | None = None
    returned_on: date | None = None
    reintegration: tuple[str, ...] = ()
    reception_confirmed: bool = False


class Waits(Received):
    """The persons whom one kind of help reached, those whom it had not reached, and the days since the detection."""

    reached: int | None
    not_yet: int | None
    by_days: tuple[Cell, ...]


class WebhookSecret(Received):
    """The secret that signs a webhook's messages. It is shown this once."""

    webhook_id: str
    secret: str = Field(repr=False)


class WebhookState(Received):
    """A webhook and how far it has come.

    `state`: `gone` when its receiver answered 410. `position`: the feed up to there was taken in; `behind`: about
    how many rows the feed has after it. `pending`: messages that are not accepted yet, the oldest since
    `pending_since`. `failures`: failed attempts since the last success; `trouble`: why the last attempt failed.
    """

    webhook_id: str
    url: str
    content: str
    types: tuple[str, ...]
    state: str
    position: str
    behind: int
    pending: int
    pending_since: datetime | None
    next_attempt_at: datetime | None
    dead_letters: int
    delivered: int
    failures: int
    trouble: str | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    former_secret_until: datetime | None
    created_at: datetime


class WishTaken(Received):
    """What a person asked for by her receipt; `status` is `pending` while it waits to be sent."""

    event_id: str
    wish: str
    status: str
    taken_at: datetime
