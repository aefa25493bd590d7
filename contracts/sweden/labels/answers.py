"""The words of appeals, late answers, guardians, inquiries and safety plans, and of the values of their lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.event.published_event import PublishedEvent
from contracts.labels.words import EventWords, Values
from contracts.sweden.chapters.appeals import AppealDecided, AppealLodged
from contracts.sweden.chapters.awaited_answers import AnswerOverdue
from contracts.sweden.chapters.benefit_appeals import AssistanceDecided, BenefitAppealDecided, BenefitAppealLodged
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded, InquiryResult
from contracts.sweden.chapters.guardians import DischargeReason, GuardianDischarged, GuardianRequested
from contracts.sweden.chapters.interim_orders import InterimOrderMade
from contracts.sweden.chapters.safety_plan import SafetyMeasure, SafetyPlanMade
from contracts.vocabulary.wording import Wording

EVENT_WORDS: Final[Mapping[type[PublishedEvent], EventWords]] = {
    AppealLodged: EventWords(
        Wording("Appeal a refusal", "Överklaga ett avslag"),
        Wording(
            "A refusal is appealed. The person may not be removed while it is tried, unless you say otherwise.",
            "Ett avslag är överklagat. Personen får inte utvisas medan det prövas, om ni inte anger annat.",
        ),
        {
            "application_id": Wording("Application that was refused", "Ansökan som avslogs"),
            "court": Wording("Migration court, if on the bus", "Migrationsdomstol, om ansluten"),
            "decision": Wording("What was refused", "Vad som avslogs"),
        },
    ),
    AppealDecided: EventWords(
        Wording("Decide an appeal", "Avgöra ett överklagande"),
        Wording(
            "The appeal is decided. After a change or a remittal the Migration Agency decides again.",
            "Överklagandet är avgjort. Efter ändring eller återförvisning beslutar Migrationsverket igen.",
        ),
    ),
    AssistanceDecided: EventWords(
        Wording("Record a decision on assistance", "Registrera ett beslut om bistånd"),
        Wording(
            "The municipality has decided on an application for assistance; a refusal may be appealed.",
            "Kommunen har beslutat om en ansökan om bistånd; ett avslag får överklagas.",
        ),
        {"services": Wording("Services that were applied for", "Insatser som söktes")},
    ),
    BenefitAppealLodged: EventWords(
        Wording("Appeal a decision on assistance or reimbursement", "Överklaga ett beslut om bistånd eller ersättning"),
        Wording(
            "A decision is appealed to a general administrative court.",
            "Ett beslut är överklagat till allmän förvaltningsdomstol.",
        ),
        {
            "court": Wording("Administrative court, if on the bus", "Förvaltningsrätt, om ansluten"),
            "decision": Wording("What the decision was on", "Vad beslutet gällde"),
        },
    ),
    BenefitAppealDecided: EventWords(
        Wording("Decide an appeal on assistance or reimbursement", "Avgöra ett mål om bistånd eller ersättning"),
        Wording(
            "The appeal is decided. After a change or a remittal the authority decides again.",
            "Överklagandet är avgjort. Efter ändring eller återförvisning beslutar myndigheten igen.",
        ),
    ),
    InterimOrderMade: EventWords(
        Wording("Record an interim order on removal", "Registrera ett beslut om inhibition"),
        Wording(
            "While the appeal is tried, the person may be removed, or may not: the latest order counts.",
            "Medan överklagandet prövas får verkställighet ske, eller inte: det senaste beslutet gäller.",
        ),
    ),
    AnswerOverdue: EventWords(
        Wording("Say that an answer is late", "Ange att ett svar dröjer"),
        Wording(
            "A decision or an answer that somebody waits for is late.",
            "Ett beslut eller svar som någon väntar på är försenat.",
        ),
    ),
    GuardianRequested: EventWords(
        Wording("Apply for a guardian", "Ansöka om god man"),
        Wording(
            "The chief guardian is asked to appoint somebody for the child, and takes part if it is on the bus.",
            "Överförmyndaren ombeds förordna någon för barnet och deltar om den är ansluten.",
        ),
        {"guardian": Wording("Who is to be appointed", "Vem som ska utses")},
    ),
    GuardianDischarged: EventWords(
        Wording("Record that a guardian is discharged", "Registrera att en god man är entledigad"),
        Wording(
            "The guardian does not answer for the child any more.", "Den gode mannen ansvarar inte längre för barnet."
        ),
    ),
    ChildInquiryConcluded: EventWords(
        Wording("Conclude the inquiry about a child", "Avsluta utredningen om ett barn"),
        Wording(
            "Social services have concluded the inquiry that followed a concern.",
            "Socialtjänsten har avslutat utredningen som följde på en oro.",
        ),
        {"result": Wording("Result of the inquiry", "Utredningens resultat")},
    ),
    SafetyPlanMade: EventWords(
        Wording("Make a safety plan", "Göra en säkerhetsplan"),
        Wording(
            "A plan for the person's safety is made. It takes the place of an earlier one.",
            "En plan för personens säkerhet är gjord. Den ersätter en tidigare.",
        ),
    ),
}

FIELDS: Final[Mapping[str, Wording]] = {
    "decision_id": Wording("Decision, or claim on the state", "Beslut, eller ansökan om ersättning"),
    "appeal_id": Wording("Appeal", "Överklagande"),
    "appointment_id": Wording("Appointment that ends", "Förordnande som upphör"),
    "awaited_id": Wording("Awaited answer", "Svar som väntas"),
    "chief_guardian": Wording("Chief guardian, if on the bus", "Överförmyndare, om ansluten"),
    "concluded_on": Wording("Day of the conclusion", "Dag för avslutet"),
    "discharged_on": Wording("Day of the discharge", "Dag för entledigandet"),
    "learned_on": Wording("Day on which the person learned of it", "Dag då personen fick del av beslutet"),
    "lodged_on": Wording("Day of the appeal", "Dag för överklagandet"),
    "made_with_victim": Wording("Made together with the person", "Gjord tillsammans med personen"),
    "measures": Wording("Measures", "Åtgärder"),
    "stays_removal": Wording("Nobody may be removed meanwhile", "Verkställighet får inte ske under tiden"),
}

VALUES: Final[Values] = {
    DischargeReason: {
        DischargeReason.CAME_OF_AGE: Wording("came of age", "har blivit myndig"),
        DischargeReason.CUSTODIAN_FOUND: Wording("a custodian is found", "en vårdnadshavare är funnen"),
        DischargeReason.SPECIAL_CUSTODIAN_APPOINTED: Wording(
            "a special custodian is appointed", "en särskilt förordnad vårdnadshavare är utsedd"
        ),
        DischargeReason.UNSUITABLE: Wording("unsuitable", "olämplig"),
        DischargeReason.AT_OWN_REQUEST: Wording("at the guardian's own request", "på egen begäran"),
        DischargeReason.LEFT_THE_COUNTRY: Wording("the child has left the country", "barnet har lämnat landet"),
        DischargeReason.OTHER: Wording("another reason", "annat skäl"),
    },
    InquiryResult: {
        InquiryResult.SUPPORT_DECIDED: Wording("support is decided", "insats beslutad"),
        InquiryResult.PLACEMENT_DECIDED: Wording("a placement is decided", "placering beslutad"),
        InquiryResult.CARE_ORDER_SOUGHT: Wording("a care order is sought", "ansökan om vård enligt LVU"),
        InquiryResult.NO_MEASURE: Wording("no measure", "ingen insats"),
        InquiryResult.MOVED_TO_ANOTHER_MUNICIPALITY: Wording(
            "moved to another municipality", "överflyttad till en annan kommun"
        ),
    },
    SafetyMeasure: {
        SafetyMeasure.PROTECTED_ADDRESS: Wording("protected address", "skyddad adress"),
        SafetyMeasure.SAFE_ACCOMMODATION: Wording("safe accommodation", "skyddat boende"),
        SafetyMeasure.ALARM: Wording("an alarm", "larm"),
        SafetyMeasure.COMPANY_ON_THE_WAY: Wording("company on the way", "följeslagare"),
        SafetyMeasure.CONTACT_PERSON: Wording("a contact person", "kontaktperson"),
        SafetyMeasure.NEW_PHONE: Wording("a new phone", "ny telefon"),
        SafetyMeasure.CODE_WORD: Wording("a code word", "kodord"),
        SafetyMeasure.MEETING_ON_ARRIVAL: Wording("somebody meets the person on arrival", "någon möter vid ankomsten"),
        SafetyMeasure.OTHER: Wording("another measure", "annan åtgärd"),
    },
}
