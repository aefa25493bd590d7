"""The labels of the values of closed lists that any country shares. It is a list, so it has over 250 lines."""

from __future__ import annotations

from typing import Final

from contracts.chapters.assistance import RevisionReason
from contracts.chapters.child_protection import Concern, Custodian, ProtectionMeasure
from contracts.chapters.closure import ReopeningReason
from contracts.chapters.consent import ConsentForm, ConsentGiver, Interpreter
from contracts.chapters.consultation import Topic
from contracts.chapters.detection import Indicator
from contracts.chapters.erasure import ErasureReason
from contracts.chapters.external_referral import AnswerChannel, AnsweredBy, ExternalAnswer
from contracts.chapters.lead import HandoverReason
from contracts.chapters.offer_questions import QuestionTopic
from contracts.chapters.outcome import NotReachedBecause
from contracts.chapters.referral import DeclineReason, WithdrawalReason
from contracts.event.case_event import Chapter
from contracts.labels.words import Values
from contracts.view.parts.alerts import AlertGround, AlertMeasure, Danger
from contracts.view.parts.appeals import Appealed, AppealOutcome
from contracts.view.parts.assistance import Risk
from contracts.view.parts.benefit_appeals import BenefitDecision
from contracts.view.parts.child_protection import AgeBasis, GuardianKind, InterestsStep
from contracts.view.parts.erasure import ErasureScope, KeepingGround
from contracts.view.parts.identification import Identification
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.long_term import IntegrationService
from contracts.view.parts.proceedings import CounselTask, CourtInstance, InterviewPlace, NonPunishment, Verdict
from contracts.view.parts.receipts import ReceiptWish
from contracts.view.parts.referral import HandBackReason, ServiceResult, ShortfallReason, Urgency
from contracts.view.parts.statistical_facts import CitizenshipGroup, Sex
from contracts.view.parts.status import ClosureReason
from contracts.view.parts.unmet_need import NoReferralReason
from contracts.view.parts.voluntary_return import ChildsView
from contracts.vocabulary.agencies import AgencyKind, Role
from contracts.vocabulary.choices import (
    AgeBand,
    DataClass,
    DeadlineKind,
    Ending,
    ExploitationForm,
    Purpose,
    Reintegration,
    ResidenceSituation,
    Service,
)
from contracts.vocabulary.wording import Wording

VALUES: Final[Values] = {
    Chapter: {
        Chapter.DETECTION: Wording("detection", "upptäckt"),
        Chapter.CONSULTATION: Wording("consultation", "konsultation"),
        Chapter.CONSENT: Wording("consent", "samtycke"),
        Chapter.PERSONAL_DATA: Wording("personal details", "personuppgifter"),
        Chapter.REFERRAL: Wording("referral", "hänvisning"),
        Chapter.IDENTIFICATION: Wording("identification", "identifiering"),
        Chapter.LEGAL_PROCEEDINGS: Wording("legal proceedings", "rättsprocess"),
        Chapter.LEGAL_STATUS: Wording("legal status", "rättslig status"),
        Chapter.ASSISTANCE: Wording("assistance", "stöd"),
        Chapter.REIMBURSEMENT: Wording("reimbursement", "ersättning"),
        Chapter.VOLUNTARY_RETURN: Wording("voluntary return", "frivilligt återvändande"),
        Chapter.LABOUR: Wording("workplace inspection", "arbetsplatsinspektion"),
        Chapter.TRANSNATIONAL: Wording("referral across the border", "hänvisning över gränsen"),
        Chapter.LONG_TERM: Wording("life in Sweden", "ett liv i Sverige"),
        Chapter.CLOSURE: Wording("closure", "avslut"),
        Chapter.ERASURE: Wording("erasure", "radering"),
        Chapter.CLOCKS: Wording("deadlines", "tidsgränser"),
        Chapter.STATISTICS: Wording("statistics", "statistik"),
    },
    Role: {
        Role.CASEWORKER: Wording("caseworker", "handläggare"),
        Role.INVESTIGATION_LEADER: Wording("investigation leader", "förundersökningsledare"),
        Role.DECISION_MAKER: Wording("decision maker", "beslutsfattare"),
        Role.SOCIAL_WELFARE_BOARD: Wording("social welfare board", "socialnämnd"),
        Role.REGIONAL_COORDINATOR: Wording("regional coordinator", "regionkoordinator"),
        Role.DIRECTORY_KEEPER: Wording("keeper of the directory", "katalogansvarig"),
        Role.RECORDS_OFFICER: Wording("records officer", "arkivansvarig"),
        Role.CLOCK: Wording("the clock", "klockan"),
        Role.SERVICE: Wording("the agency's service", "aktörens tjänst"),
    },
    ExploitationForm: {
        ExploitationForm.SEXUAL: Wording("sexual exploitation", "sexuell exploatering"),
        ExploitationForm.LABOUR: Wording("labour exploitation", "arbetskraftsexploatering"),
        ExploitationForm.FORCED_BEGGING: Wording("forced begging", "påtvingat tiggeri"),
        ExploitationForm.FORCED_CRIMINALITY: Wording("forced criminality", "påtvingad brottslighet"),
        ExploitationForm.ORGAN_REMOVAL: Wording("removal of organs", "avlägsnande av organ"),
        ExploitationForm.FORCED_MARRIAGE: Wording("forced marriage", "tvångsäktenskap"),
        ExploitationForm.ILLEGAL_ADOPTION: Wording("illegal adoption", "olaglig adoption"),
        ExploitationForm.SURROGACY: Wording("exploitation of surrogacy", "utnyttjande av surrogatmoderskap"),
        ExploitationForm.OTHER: Wording("another form of exploitation", "annan form av exploatering"),
    },
    AgeBand: {
        AgeBand.ADULT: Wording("adult", "vuxen"),
        AgeBand.MINOR: Wording("child", "barn"),
        AgeBand.UNKNOWN: Wording("age unknown", "okänd ålder"),
    },
    ResidenceSituation: {
        ResidenceSituation.RESIDENT: Wording("resident", "bosatt här"),
        ResidenceSituation.EU_CITIZEN: Wording("EU citizen", "EU-medborgare"),
        ResidenceSituation.ASYLUM_SEEKER: Wording("asylum seeker", "asylsökande"),
        ResidenceSituation.TEMPORARY_PERMIT: Wording("temporary permit", "tidsbegränsat uppehållstillstånd"),
        ResidenceSituation.WORK_PERMIT: Wording("work permit", "arbetstillstånd"),
        ResidenceSituation.IRREGULAR: Wording("no right to stay", "utan rätt att vistas här"),
        ResidenceSituation.UNKNOWN: Wording("not known", "inte känt"),
    },
    Service: {
        Service.COUNSELLING: Wording("counselling and guidance", "rådgivning och vägledning"),
        Service.SAFE_ACCOMMODATION: Wording("safe accommodation", "skyddat boende"),
        Service.FINANCIAL_ASSISTANCE: Wording(
            "reception allowance or social assistance", "dagersättning eller försörjningsstöd"
        ),
        Service.SOCIAL_SERVICES: Wording("social services", "insatser från socialtjänsten"),
        Service.HEALTH_CARE: Wording("health care", "hälso- och sjukvård"),
        Service.DENTAL_CARE: Wording("dental care", "tandvård"),
        Service.INTERPRETATION: Wording("interpretation and translation", "tolkning och översättning"),
        Service.CUSTODIAN_TRACING: Wording(
            "tracing a parent or custodian", "eftersökning av förälder eller vårdnadshavare"
        ),
        Service.SAFE_RETURN: Wording("support for a safe return", "stöd för ett tryggt återvändande"),
        Service.LANGUAGE_COURSES: Wording("language courses", "språkkurser"),
        Service.VOCATIONAL_TRAINING: Wording("vocational training", "yrkesutbildning"),
        Service.LEGAL_SUPPORT: Wording("legal support", "juridiskt stöd"),
        Service.REHABILITATION: Wording("rehabilitation programme", "rehabiliteringsprogram"),
        Service.LONG_TERM_SUPPORT: Wording("long-term support", "långsiktigt stöd"),
    },
    Purpose: {
        Purpose.SUPPORT: Wording("support", "stöd"),
        Purpose.HEALTH_CARE: Wording("health care", "hälso- och sjukvård"),
        Purpose.INVESTIGATION: Wording("the investigation", "utredningen"),
        Purpose.LEGAL_STATUS: Wording("legal status", "rättslig status"),
        Purpose.SAFE_RETURN: Wording("a safe return", "ett tryggt återvändande"),
        Purpose.CHILD_PROTECTION: Wording("child protection", "skydd av barn"),
        Purpose.LONG_TERM_INTEGRATION: Wording("long-term integration", "långsiktig integration"),
        Purpose.LABOUR_INSPECTION: Wording("a labour inspection", "en arbetsplatsinspektion"),
    },
    DataClass: {
        DataClass.IDENTITY: Wording("identity", "identitet"),
        DataClass.CONTACT: Wording("contact details", "kontaktuppgifter"),
        DataClass.HEALTH: Wording("health", "hälsa"),
        DataClass.FAMILY: Wording("family", "familj"),
        DataClass.LEGAL: Wording("legal matters", "rättsliga uppgifter"),
    },
    Reintegration: {
        Reintegration.CASH: Wording("money", "pengar"),
        Reintegration.IN_KIND: Wording("support in kind", "stöd in natura"),
        Reintegration.HOUSING: Wording("housing", "bostad"),
        Reintegration.HEALTH_CARE: Wording("health care", "hälso- och sjukvård"),
        Reintegration.EDUCATION: Wording("education", "utbildning"),
        Reintegration.LIVELIHOOD: Wording("a livelihood", "egen försörjning"),
    },
    Ending: {
        Ending.RAN_OUT: Wording("its time ran out", "tiden gick ut"),
        Ending.REVOKED: Wording("revoked", "återkallat"),
    },
    DeadlineKind: {
        DeadlineKind.OFFER: Wording("a referral", "en hänvisning"),
        DeadlineKind.CONSENT: Wording("a consent", "ett samtycke"),
        DeadlineKind.REFLECTION_PERIOD: Wording("a reflection period", "en betänketid"),
        DeadlineKind.PERMIT: Wording("a permit", "ett tillstånd"),
        DeadlineKind.CHILD_ASSESSMENT: Wording("the assessment of a child", "bedömningen av ett barn"),
        DeadlineKind.CONSULTATION: Wording("the answer to a question", "svaret på en fråga"),
        DeadlineKind.AWAITED: Wording("an awaited answer", "ett väntat svar"),
    },
    Risk: {
        Risk.LOW: Wording("low", "låg"),
        Risk.MEDIUM: Wording("medium", "medelhög"),
        Risk.HIGH: Wording("high", "hög"),
        Risk.ACUTE: Wording("acute", "akut"),
    },
    RevisionReason: {
        RevisionReason.REVIEW: Wording("planned review", "planerad uppföljning"),
        RevisionReason.NEEDS_CHANGED: Wording("needs have changed", "behoven har ändrats"),
        RevisionReason.LEGAL_STATUS_CHANGED: Wording("legal status has changed", "den rättsliga statusen har ändrats"),
        RevisionReason.RISK_CHANGED: Wording("the risk has changed", "risken har ändrats"),
        RevisionReason.PROVIDER_CHANGED: Wording("another provider gives support", "en annan aktör ger stödet"),
        RevisionReason.VICTIM_WISHES_IT: Wording("the person wishes it", "personen önskar det"),
        RevisionReason.OTHER: Wording("another reason", "annat skäl"),
    },
    Concern: {
        Concern.EXPLOITATION: Wording("exploitation", "exploatering"),
        Concern.VIOLENCE: Wording("violence", "våld"),
        Concern.NEGLECT: Wording("neglect", "försummelse"),
        Concern.NO_GUARDIAN: Wording("nobody answers for the child", "ingen ansvarar för barnet"),
        Concern.RISK_OF_DISAPPEARING: Wording("the child may disappear", "barnet kan försvinna"),
        Concern.RETURN_TO_EXPLOITERS: Wording(
            "the child may return to the exploiters", "barnet kan återvända till dem som utnyttjat det"
        ),
        Concern.OTHER: Wording("another concern", "annan oro"),
    },
    ProtectionMeasure: {
        ProtectionMeasure.NONE_NEEDED: Wording("no measure is needed", "ingen åtgärd behövs"),
        ProtectionMeasure.INQUIRY_OPENED: Wording("an inquiry is opened", "en utredning inleds"),
        ProtectionMeasure.PLACED_WITH_CONSENT: Wording("placed with consent", "placerat med samtycke"),
        ProtectionMeasure.TAKEN_INTO_IMMEDIATE_CARE: Wording("taken into immediate care", "omedelbart omhändertaget"),
    },
    AgeBasis: {
        AgeBasis.PRESUMED: Wording("presumed", "antagande"),
        AgeBasis.DOCUMENTS: Wording("documents", "handlingar"),
        AgeBasis.ASSESSMENT: Wording("an assessment", "en åldersbedömning"),
    },
    GuardianKind: {
        GuardianKind.GUARDIAN: Wording("guardian for an unaccompanied child", "god man för ensamkommande barn"),
        GuardianKind.SPECIAL_CUSTODIAN: Wording("specially appointed custodian", "särskilt förordnad vårdnadshavare"),
        GuardianKind.SPECIAL_REPRESENTATIVE: Wording("special representative", "särskild företrädare för barn"),
    },
    InterestsStep: {
        InterestsStep.RETURN: Wording("a return", "ett återvändande"),
        InterestsStep.TRANSFER: Wording("a transfer to another country", "en överföring till ett annat land"),
        InterestsStep.INTERVIEW: Wording("an interview", "ett förhör eller samtal"),
    },
    ChildsView: {
        ChildsView.AGREES: Wording("the child agrees", "barnet samtycker"),
        ChildsView.OBJECTS: Wording("the child objects", "barnet motsätter sig det"),
        ChildsView.TOO_YOUNG: Wording("the child is too young to say", "barnet är för litet för att svara"),
    },
    Custodian: {
        Custodian.PARENT: Wording("parent", "förälder"),
        Custodian.RELATIVE: Wording("relative", "släkting"),
        Custodian.APPOINTED_GUARDIAN: Wording("appointed guardian", "god man"),
        Custodian.NOBODY_FOUND: Wording("nobody was found", "ingen hittades"),
    },
    ClosureReason: {
        ClosureReason.SUPPORT_COMPLETED: Wording("support is completed", "stödet är avslutat"),
        ClosureReason.RETURNED: Wording("the person has returned", "personen har återvänt"),
        ClosureReason.SETTLED_IN_SWEDEN: Wording(
            "the person has settled in Sweden", "personen har etablerat sig i Sverige"
        ),
        ClosureReason.DECLINED_SUPPORT: Wording("the person declines support", "personen tackar nej till stöd"),
        ClosureReason.LOST_CONTACT: Wording("contact is lost", "kontakten har brutits"),
        ClosureReason.LEFT_THE_COUNTRY: Wording("the person has left the country", "personen har lämnat landet"),
        ClosureReason.NOT_A_VICTIM: Wording("the person is not a victim", "personen är inte utsatt för människohandel"),
        ClosureReason.DECEASED: Wording("the person has died", "personen har avlidit"),
        ClosureReason.DUPLICATE: Wording("the person has another case", "personen har ett annat ärende"),
        ClosureReason.OTHER: Wording("another reason", "annat skäl"),
    },
    ReopeningReason: {
        ReopeningReason.VICTIM_ASKED_FOR_HELP: Wording("the person has asked for help", "personen har bett om hjälp"),
        ReopeningReason.EXPLOITED_AGAIN: Wording("exploited again", "utnyttjad igen"),
        ReopeningReason.NEW_INFORMATION: Wording("new information", "ny information"),
        ReopeningReason.CLOSED_IN_ERROR: Wording("closed by mistake", "avslutat av misstag"),
        ReopeningReason.OTHER: Wording("another reason", "annat skäl"),
    },
    ConsentGiver: {
        ConsentGiver.VICTIM: Wording("the person", "personen själv"),
        ConsentGiver.CUSTODIAN: Wording("custodian", "vårdnadshavare"),
        ConsentGiver.APPOINTED_GUARDIAN: Wording("appointed guardian", "god man"),
    },
    ConsentForm: {
        ConsentForm.WRITTEN: Wording("in writing", "skriftligt"),
        ConsentForm.ORAL: Wording("orally", "muntligt"),
    },
    Interpreter: {
        Interpreter.NOT_NEEDED: Wording("not needed", "behövdes inte"),
        Interpreter.IN_PERSON: Wording("in the room", "på plats"),
        Interpreter.BY_PHONE: Wording("by phone", "per telefon"),
        Interpreter.BY_VIDEO: Wording("by video", "via video"),
        Interpreter.NOT_RECORDED: Wording("not recorded", "inte registrerat"),
    },
    Topic: {
        Topic.IDENTIFICATION: Wording("identification", "identifiering"),
        Topic.SAFETY: Wording("safety", "säkerhet"),
        Topic.REFERRAL: Wording("referral", "hänvisning"),
        Topic.LEGAL_STATUS: Wording("legal status", "rättslig status"),
        Topic.SUPPORT: Wording("support", "stöd"),
        Topic.CHILD: Wording("a child", "ett barn"),
        Topic.SAFE_RETURN: Wording("a safe return", "ett tryggt återvändande"),
        Topic.OTHER: Wording("something else", "något annat"),
    },
    Indicator: {
        Indicator.MOVEMENT_CONTROLLED: Wording("others control where the person goes", "andra styr vart personen går"),
        Indicator.DOCUMENTS_WITHHELD: Wording("documents are withheld", "handlingar hålls undan"),
        Indicator.DEBT_BONDAGE: Wording("bound by debt", "skuldslaveri"),
        Indicator.WAGES_WITHHELD: Wording("wages are withheld", "lön hålls inne"),
        Indicator.DECEIVED_ABOUT_WORK: Wording("deceived about the work", "lurad om arbetet"),
        Indicator.THREATS: Wording("threats", "hot"),
        Indicator.VIOLENCE: Wording("violence", "våld"),
        Indicator.ISOLATION: Wording("isolated", "isolerad"),
        Indicator.LIVES_AT_WORKPLACE: Wording("lives at the workplace", "bor på arbetsplatsen"),
        Indicator.OTHERS_SPEAK_FOR_THE_PERSON: Wording("others speak for the person", "andra talar för personen"),
        Indicator.SIGNS_OF_CONTROL: Wording("signs of control", "tecken på kontroll"),
        Indicator.UNACCOMPANIED_MINOR: Wording("unaccompanied child", "ensamkommande barn"),
        Indicator.SELF_REPORTED: Wording("the person says so", "personen berättar själv"),
        Indicator.OTHER: Wording("another indicator", "annan indikator"),
    },
    ErasureScope: {
        ErasureScope.CASE: Wording("the whole case", "hela ärendet"),
        ErasureScope.PERSONAL_DETAILS: Wording("all personal details", "alla personuppgifter"),
    },
    ReceiptWish: {
        ReceiptWish.WITHDRAW_CONSENT: Wording("to take back her consent", "ta tillbaka sitt samtycke"),
        ReceiptWish.BE_CONTACTED: Wording("to be contacted", "bli kontaktad"),
        ReceiptWish.BE_ERASED: Wording("to have her data erased", "få sina uppgifter raderade"),
    },
    KeepingGround: {
        KeepingGround.PUBLIC_RECORDS: Wording("the Archives Act", "arkivlagen"),
        KeepingGround.SOCIAL_SERVICES_FILE: Wording("the Social Services Act", "socialtjänstlagen"),
        KeepingGround.PATIENT_RECORD: Wording("the Patient Data Act", "patientdatalagen"),
    },
    ErasureReason: {
        ErasureReason.PERSON_ASKED: Wording("the person has asked for it", "personen har begärt det"),
        ErasureReason.NO_LONGER_NEEDED: Wording("no longer needed", "behövs inte längre"),
        ErasureReason.CONSENT_WITHDRAWN: Wording("consent is withdrawn", "samtycket är återkallat"),
        ErasureReason.RECORDED_IN_ERROR: Wording("recorded by mistake", "registrerat av misstag"),
        ErasureReason.ORDERED: Wording("ordered by an authority or a court", "beslut av myndighet eller domstol"),
        ErasureReason.OTHER: Wording("another reason", "annat skäl"),
    },
    HandoverReason: {
        HandoverReason.RESPONSIBLE_AUTHORITY: Wording(
            "the other agency is responsible", "den andra aktören har ansvaret"
        ),
        HandoverReason.PLACE_OF_RESIDENCE: Wording("the person lives there", "personen bor där"),
        HandoverReason.MAIN_PROVIDER: Wording("the other agency gives most support", "den andra aktören ger mest stöd"),
        HandoverReason.VICTIM_WISHES_IT: Wording("the person wishes it", "personen önskar det"),
        HandoverReason.CAPACITY: Wording("too little capacity", "otillräcklig kapacitet"),
        HandoverReason.SAFETY: Wording("safety", "säkerhet"),
        HandoverReason.OTHER: Wording("another reason", "annat skäl"),
    },
    BenefitDecision: {
        BenefitDecision.REIMBURSEMENT: Wording("reimbursement from the state", "ersättning från staten"),
        BenefitDecision.ASSISTANCE: Wording("assistance from social services", "bistånd från socialtjänsten"),
    },
    AnswerChannel: {
        AnswerChannel.FORM: Wording("by the form", "med blanketten"),
        AnswerChannel.LINK: Wording("by the link", "med länken"),
        AnswerChannel.PHONE: Wording("by phone", "per telefon"),
    },
    AnsweredBy: {
        AnsweredBy.CASEWORKER: Wording("caseworker", "handläggare"),
        AnsweredBy.HEAD_OF_UNIT: Wording("head of unit", "enhetschef"),
        AnsweredBy.ON_CALL: Wording("staff on call", "jour"),
        AnsweredBy.CARE_STAFF: Wording("health care staff", "vårdpersonal"),
        AnsweredBy.REGISTRY: Wording("registry", "registrator"),
        AnsweredBy.OTHER: Wording("another function", "annan funktion"),
    },
    ExternalAnswer: {
        ExternalAnswer.ACCEPTED: Wording("accepted", "tackar ja"),
        ExternalAnswer.DECLINED: Wording("declined", "avböjer"),
    },
    DeclineReason: {
        DeclineReason.NO_CAPACITY: Wording("no room", "ingen plats"),
        DeclineReason.OUTSIDE_MANDATE: Wording("not our task", "inte vårt uppdrag"),
        DeclineReason.OTHER_AREA: Wording("another area's task", "ett annat område ansvarar"),
        DeclineReason.NEEDS_NOT_MET_HERE: Wording("the needs cannot be met here", "behoven kan inte mötas här"),
        DeclineReason.SAFETY: Wording("the person would not be safe here", "personen vore inte trygg här"),
        DeclineReason.OTHER: Wording("another reason", "annat skäl"),
    },
    WithdrawalReason: {
        WithdrawalReason.VICTIM_CHANGED_THEIR_MIND: Wording(
            "the person has changed their mind", "personen har ändrat sig"
        ),
        WithdrawalReason.NEED_CHANGED: Wording("the need has changed", "behovet har ändrats"),
        WithdrawalReason.NO_ANSWER: Wording("nobody answers", "ingen svarar"),
        WithdrawalReason.SENT_IN_ERROR: Wording("sent by mistake", "skickad av misstag"),
        WithdrawalReason.OTHER: Wording("another reason", "annat skäl"),
    },
    Urgency: {
        Urgency.IMMEDIATE: Wording("at once", "genast"),
        Urgency.WITHIN_24_HOURS: Wording("within 24 hours", "inom 24 timmar"),
        Urgency.ORDINARY: Wording("in the ordinary time", "i vanlig tid"),
    },
    QuestionTopic: {
        QuestionTopic.NEEDS: Wording("the person's needs", "personens behov"),
        QuestionTopic.SAFETY: Wording("safety", "säkerhet"),
        QuestionTopic.CONSENT: Wording("consent", "samtycke"),
        QuestionTopic.CHILDREN: Wording("children", "barn"),
        QuestionTopic.LEGAL_STATUS: Wording("legal status", "rättslig status"),
        QuestionTopic.LANGUAGE: Wording("language", "språk"),
        QuestionTopic.TIME: Wording("when help is needed", "när hjälpen behövs"),
        QuestionTopic.OTHER: Wording("something else", "något annat"),
    },
    ServiceResult: {
        ServiceResult.GIVEN: Wording("has been given", "har getts"),
        ServiceResult.PARTLY: Wording("has been given in part", "har getts delvis"),
        ServiceResult.NOT_GIVEN: Wording("has not been given", "har inte getts"),
    },
    ShortfallReason: {
        ShortfallReason.NO_CAPACITY: Wording("no room", "ingen plats"),
        ShortfallReason.WAITING_TIME: Wording("waiting time", "väntetid"),
        ShortfallReason.NOT_ENTITLED: Wording("not entitled to it", "saknar rätt till insatsen"),
        ShortfallReason.NEED_CHANGED: Wording("the need has changed", "behovet har ändrats"),
        ShortfallReason.PERSON_DECLINED: Wording("the person declined", "personen tackade nej"),
        ShortfallReason.NOT_REACHED: Wording("the person was not reached", "personen har inte nåtts"),
        ShortfallReason.MOVED: Wording("the person has moved", "personen har flyttat"),
        ShortfallReason.SAFETY: Wording("safety", "säkerhet"),
        ShortfallReason.OTHER: Wording("another reason", "annat skäl"),
    },
    HandBackReason: {
        HandBackReason.NO_CAPACITY: Wording("no room any more", "ingen plats längre"),
        HandBackReason.OUTSIDE_MANDATE: Wording("not our task", "inte vårt uppdrag"),
        HandBackReason.NEEDS_NOT_MET_HERE: Wording("the needs cannot be met here", "behoven kan inte mötas här"),
        HandBackReason.PERSON_MOVED: Wording("the person has moved", "personen har flyttat"),
        HandBackReason.PERSON_DECLINED: Wording("the person declined", "personen tackade nej"),
        HandBackReason.NOT_REACHED: Wording("the person was not reached", "personen har inte nåtts"),
        HandBackReason.SAFETY: Wording("the person would not be safe here", "personen vore inte trygg här"),
        HandBackReason.OTHER: Wording("another reason", "annat skäl"),
    },
    NotReachedBecause: {
        NotReachedBecause.NO_ANSWER: Wording("nobody answers", "ingen svarar"),
        NotReachedBecause.NUMBER_OUT_OF_USE: Wording("the number is out of use", "numret används inte längre"),
        NotReachedBecause.NOT_AT_THE_ADDRESS: Wording("not at the address", "finns inte på adressen"),
        NotReachedBecause.DID_NOT_COME: Wording("did not come", "kom inte"),
        NotReachedBecause.NO_SAFE_WAY: Wording("no safe way to make contact", "inget tryggt sätt att ta kontakt"),
        NotReachedBecause.NO_INTERPRETER: Wording("no interpreter", "ingen tolk"),
        NotReachedBecause.NO_CONTACT_DETAILS: Wording("no contact details", "inga kontaktuppgifter"),
        NotReachedBecause.OTHER: Wording("another reason", "annat skäl"),
    },
    AgencyKind: {
        AgencyKind.POLICE: Wording("the police", "polisen"),
        AgencyKind.PROSECUTOR: Wording("the prosecutors", "åklagare"),
        AgencyKind.MIGRATION: Wording("the migration agency", "migrationsmyndigheten"),
        AgencyKind.MUNICIPALITY: Wording("a municipality", "en kommun"),
        AgencyKind.REGION: Wording("a region", "en region"),
        AgencyKind.NGO: Wording("a non-governmental organisation", "en ideell organisation"),
        AgencyKind.COORDINATOR: Wording("a coordinator against trafficking", "en samordnare mot människohandel"),
        AgencyKind.IOM: Wording("the International Organization for Migration", "FN:s migrationsorgan IOM"),
        AgencyKind.LABOUR_INSPECTORATE: Wording("the labour inspectorate", "arbetsmiljötillsynen"),
        AgencyKind.TAX: Wording("the tax agency", "skattemyndigheten"),
        AgencyKind.FOREIGN_PARTNER: Wording("a partner in another country", "en partner i ett annat land"),
        AgencyKind.AUDITOR: Wording("an auditor", "en granskare"),
        AgencyKind.LEGAL_COUNSEL: Wording("legal counsel", "ett juridiskt biträde"),
        AgencyKind.COURT: Wording("a court", "en domstol"),
        AgencyKind.CRIME_VICTIM_AUTHORITY: Wording("the Crime Victim Authority", "Brottsoffermyndigheten"),
        AgencyKind.CHIEF_GUARDIAN: Wording("a chief guardian", "en överförmyndare"),
        AgencyKind.EMPLOYMENT_SERVICE: Wording("the employment service", "arbetsförmedlingen"),
    },
    Identification: {
        Identification.PRESUMED: Wording("presumed victim", "förmodat offer"),
        Identification.FORMAL: Wording("formally identified victim", "formellt identifierat offer"),
    },
    Sex: {
        Sex.FEMALE: Wording("female", "kvinna"),
        Sex.MALE: Wording("male", "man"),
        Sex.OTHER: Wording("other", "annat"),
        Sex.UNKNOWN: Wording("unknown", "okänt"),
    },
    CitizenshipGroup: {
        CitizenshipGroup.REPORTING_COUNTRY: Wording("this country", "det egna landet"),
        CitizenshipGroup.OTHER_EU: Wording("another country of the EU", "ett annat EU-land"),
        CitizenshipGroup.OUTSIDE_EU: Wording("a country outside the EU", "ett land utanför EU"),
        CitizenshipGroup.STATELESS: Wording("stateless", "statslös"),
        CitizenshipGroup.UNKNOWN: Wording("unknown", "okänt"),
    },
    Danger: {
        Danger.LIFE_OR_HEALTH: Wording("to life or health", "för liv eller hälsa"),
        Danger.HELD: Wording("is held against their will", "hålls kvar mot sin vilja"),
        Danger.TAKEN_AWAY: Wording("is about to be taken away", "är på väg att föras bort"),
        Danger.THREATENED: Wording("is threatened now", "hotas just nu"),
    },
    AlertGround: {
        AlertGround.NECESSITY: Wording("necessity", "nöd"),
        AlertGround.CHILD_IN_DANGER: Wording("a child in serious danger", "ett barn i allvarlig fara"),
        AlertGround.OFFENCE_AGAINST_CHILD: Wording(
            "a suspected offence against a child", "misstänkt brott mot ett barn"
        ),
        AlertGround.SERIOUS_OFFENCE: Wording("a suspected serious offence", "misstänkt allvarligt brott"),
        AlertGround.VITAL_INTERESTS: Wording("the person's vital interests", "personens grundläggande intressen"),
    },
    AlertMeasure: {
        AlertMeasure.SAFE: Wording("the person is safe", "personen är i säkerhet"),
        AlertMeasure.SEARCHING: Wording("the police search", "polisen söker"),
        AlertMeasure.NOT_FOUND: Wording("the person was not found", "personen har inte hittats"),
        AlertMeasure.NO_DANGER: Wording("there is no danger", "det finns ingen fara"),
    },
    NoReferralReason: {
        NoReferralReason.NO_CAPACITY: Wording("no room anywhere", "ingen plats någonstans"),
        NoReferralReason.NOT_OFFERED_HERE: Wording("not offered here", "erbjuds inte här"),
        NoReferralReason.OUTSIDE_MANDATE: Wording(
            "the person falls outside everybody's task", "personen faller utanför allas uppdrag"
        ),
        NoReferralReason.NOT_ENTITLED: Wording("not entitled to it", "saknar rätt till insatsen"),
        NoReferralReason.WAITING_TIME: Wording("waiting time", "väntetid"),
        NoReferralReason.NO_SAFE_PLACE: Wording("no safe place", "ingen trygg plats"),
        NoReferralReason.NO_INTERPRETER: Wording("no interpreter", "ingen tolk"),
        NoReferralReason.OTHER: Wording("another reason", "annat skäl"),
    },
    Decision: {
        Decision.PENDING: Wording("not decided", "inte avgjord"),
        Decision.GRANTED: Wording("granted", "beviljad"),
        Decision.PARTLY_GRANTED: Wording("partly granted", "delvis beviljad"),
        Decision.REFUSED: Wording("refused", "avslagen"),
    },
    IntegrationService: {
        IntegrationService.INTEGRATION_PROGRAMME: Wording("integration programme", "etableringsprogram"),
        IntegrationService.HEALTH_CARE: Wording("health care", "hälso- och sjukvård"),
        IntegrationService.LANGUAGE_STUDIES: Wording("language studies", "språkstudier"),
        IntegrationService.CULTURAL_STUDIES: Wording("studies of society", "samhällsorientering"),
        IntegrationService.PROFESSIONAL_TRAINING: Wording("professional training", "yrkesutbildning"),
        IntegrationService.BASIC_EDUCATION: Wording("basic education", "grundläggande utbildning"),
        IntegrationService.SKILLS_MAPPING: Wording("mapping of professional skills", "kartläggning av yrkeskunskaper"),
        IntegrationService.JOB_APPLICATION_HELP: Wording("help with applying for work", "hjälp att söka arbete"),
        IntegrationService.SOCIAL_SERVICES: Wording("social services", "insatser från socialtjänsten"),
        IntegrationService.LONG_TERM_SUPPORT: Wording("long-term support", "långsiktigt stöd"),
    },
    CounselTask: {
        CounselTask.INJURED_PARTY: Wording("counsel for the injured party", "målsägandebiträde"),
        CounselTask.PUBLIC_COUNSEL: Wording("public counsel", "offentligt biträde"),
        CounselTask.LEGAL_AID: Wording("legal aid counsel", "rättshjälpsbiträde"),
    },
    InterviewPlace: {
        InterviewPlace.POLICE_STATION: Wording("a police station", "en polisstation"),
        InterviewPlace.BARNAHUS: Wording("a Barnahus", "ett barnahus"),
        InterviewPlace.SHELTER: Wording("a shelter", "ett skyddat boende"),
        InterviewPlace.COUNSELS_OFFICE: Wording("the counsel's office", "biträdets kontor"),
        InterviewPlace.REMOTE: Wording("by video or phone", "via video eller telefon"),
        InterviewPlace.OTHER: Wording("another place", "annan plats"),
    },
    CourtInstance: {
        CourtInstance.DISTRICT_COURT: Wording("district court", "tingsrätt"),
        CourtInstance.COURT_OF_APPEAL: Wording("court of appeal", "hovrätt"),
        CourtInstance.SUPREME_COURT: Wording("supreme court", "Högsta domstolen"),
    },
    Verdict: {
        Verdict.CONVICTED: Wording("convicted", "fällande dom"),
        Verdict.PARTLY_CONVICTED: Wording("partly convicted", "delvis fällande dom"),
        Verdict.ACQUITTED: Wording("acquitted", "friande dom"),
        Verdict.DISMISSED: Wording("dismissed", "avvisat"),
    },
    NonPunishment: {
        NonPunishment.NOT_PROSECUTED: Wording("not prosecuted", "inget åtal"),
        NonPunishment.INVESTIGATION_DISCONTINUED: Wording("investigation discontinued", "förundersökningen läggs ned"),
        NonPunishment.PROSECUTED: Wording("prosecuted all the same", "åtal väcks ändå"),
    },
    Appealed: {
        Appealed.REFLECTION_PERIOD: Wording("a reflection period", "betänketid"),
        Appealed.PERMIT: Wording("a permit", "uppehållstillstånd"),
        Appealed.ASYLUM: Wording("asylum", "asyl"),
    },
    AppealOutcome: {
        AppealOutcome.CHANGED: Wording("the refusal is changed", "avslaget ändras"),
        AppealOutcome.REMITTED: Wording("remitted for a new decision", "återförvisat för nytt beslut"),
        AppealOutcome.REJECTED: Wording("the refusal stands", "avslaget står fast"),
        AppealOutcome.DISMISSED: Wording("dismissed", "avvisat"),
        AppealOutcome.WITHDRAWN: Wording("withdrawn", "återkallat"),
    },
}
"""For each closed list, the label of each of its values."""
