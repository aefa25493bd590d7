"""The words of the events that any country shares, chapter by chapter. It is a list, so it has over 250 lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.chapters.child_protection import (
    ChildAssessmentOverdue,
    ChildConcernAssessed,
    ChildConcernReported,
    CustodianTraced,
)
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.closure import CaseClosed, CaseReopened
from contracts.chapters.consent import ConsentExpired, ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, ConsultationUnanswered
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.chapters.external_referral import ExternalReferralAnswered, ExternalReferralMade
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.outcome import CouldNotReach, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.receipts import ReceiptHandedOver, ReceiptShown
from contracts.chapters.referral import (
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralWithdrawn,
)
from contracts.chapters.refusals import ConsentRefused, HelpDeclined
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.chapters.transnational import (
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    TransnationalReferralOffered,
)
from contracts.chapters.unmet_need import NoReferralPossible
from contracts.event.published_event import PublishedEvent
from contracts.labels.words import EventWords
from contracts.vocabulary.wording import Wording

EVENT_WORDS: Final[Mapping[type[PublishedEvent], EventWords]] = {
    VictimDetected: EventWords(
        Wording("Report a presumed victim", "Anmäla ett förmodat offer"),
        Wording(
            "A case is opened for a person who is presumed to be a victim of trafficking, and your agency leads it.",
            "Ett ärende öppnas för en person som antas vara utsatt för människohandel, och er organisation leder det.",
        ),
    ),
    ConsultationRequested: EventWords(
        Wording("Ask the coordinator for advice", "Be samordnaren om råd"),
        Wording(
            "The coordinator takes part in the case from now on and answers your question.",
            "Samordnaren deltar i ärendet från och med nu och svarar på frågan.",
        ),
    ),
    AdviceGiven: EventWords(
        Wording("Answer a consultation", "Besvara en konsultation"),
        Wording(
            "The agency that asked gets the coordinator's advice.",
            "Den aktör som frågade får samordnarens råd.",
        ),
    ),
    ConsultationUnanswered: EventWords(
        Wording("Note that a question is unanswered", "Notera att en fråga är obesvarad"),
        Wording(
            "Three days have passed after the question was recorded, and no coordinator has answered it.",
            "Tre dagar har gått efter att frågan registrerades, och ingen samordnare har besvarat den.",
        ),
    ),
    ConsentGiven: EventWords(
        Wording("Record consent", "Registrera samtycke"),
        Wording(
            "The person lets the named agencies have the case, for the named purposes and until the named day.",
            "Personen låter de angivna aktörerna få ärendet, för de angivna ändamålen och till och med den angivna "
            "dagen.",
        ),
        {"recipients": Wording("Agencies that may have the case", "Aktörer som får ta del av ärendet")},
    ),
    ConsentWithdrawn: EventWords(
        Wording("Record that consent is withdrawn", "Registrera att samtycke återkallas"),
        Wording(
            "The person takes a consent back: all of it, or only the agencies, purposes and personal details named.",
            "Personen återkallar ett samtycke: helt, eller bara för de aktörer, ändamål och personuppgifter som anges.",
        ),
        {
            "recipients": Wording("Agencies that lose the consent", "Aktörer som samtycket inte längre gäller"),
            "purposes": Wording("Purposes that are withdrawn", "Ändamål som återkallas"),
            "data_classes": Wording("Personal details that are withdrawn", "Personuppgifter som återkallas"),
        },
    ),
    ConsentExpired: EventWords(
        Wording("Note that a consent has expired", "Notera att ett samtycke har gått ut"),
        Wording(
            "The last day of a consent is over, and nothing more may be shared under it.",
            "Samtyckets sista dag har passerat, och inget mer får delas med stöd av det.",
        ),
    ),
    PersonalDetailsRecorded: EventWords(
        Wording("Record personal details", "Registrera personuppgifter"),
        Wording(
            "Personal details are kept sealed beside the case, for those to whom consent opens them.",
            "Personuppgifter sparas förseglade vid sidan av ärendet, för dem som samtycket ger tillgång.",
        ),
    ),
    PersonalDetailsRead: EventWords(
        Wording("Read personal details", "Läsa personuppgifter"),
        Wording(
            "The case shows who has read which personal details, for what purpose and on which consent.",
            "Ärendet visar vem som har läst vilka personuppgifter, för vilket ändamål och med stöd av vilket samtycke.",
        ),
    ),
    CaseReferred: EventWords(
        Wording("Refer the case", "Hänvisa ärendet"),
        Wording(
            "Another agency is asked to take the case on; it can read the case and answers by the time that you set.",
            "En annan aktör ombeds ta emot ärendet; den kan läsa ärendet och svarar inom den tid som du anger.",
        ),
        {"services": Wording("Services that are asked for", "Insatser som efterfrågas")},
    ),
    ReferralAccepted: EventWords(
        Wording("Accept a referral", "Ta emot en hänvisning"),
        Wording(
            "Your agency takes the case on, with the services that it will give.",
            "Er organisation tar emot ärendet, med de insatser som den kommer att ge.",
        ),
        {"services": Wording("Services that you will give", "Insatser som ni kommer att ge")},
    ),
    ReferralDeclined: EventWords(
        Wording("Decline a referral", "Avböja en hänvisning"),
        Wording(
            "Your agency does not take the case on; the referrer learns why and can turn elsewhere.",
            "Er organisation tar inte emot ärendet; avsändaren får veta varför och kan vända sig till någon annan.",
        ),
    ),
    ReferralWithdrawn: EventWords(
        Wording("Withdraw a referral", "Återta en hänvisning"),
        Wording(
            "An offer that nobody has answered yet is taken back.",
            "Ett erbjudande som ingen har svarat på ännu tas tillbaka.",
        ),
    ),
    ReferralExpired: EventWords(
        Wording("Note that a referral has expired", "Notera att en hänvisning har gått ut"),
        Wording(
            "Nobody answered an offer in time, and the referrer turns elsewhere.",
            "Ingen svarade på ett erbjudande i tid, och avsändaren vänder sig till någon annan.",
        ),
    ),
    ExternalReferralMade: EventWords(
        Wording("Ask an agency that is not on the bus", "Fråga en aktör som inte är ansluten"),
        Wording(
            "An agency outside the bus is asked by a form, a link or phone; it reads nothing here, and you record its "
            "answer by the time that you set.",
            "En aktör utanför bussen tillfrågas med blankett, länk eller telefon; den läser inget här, och ni "
            "registrerar svaret inom den tid som ni anger.",
        ),
        {
            "recipient": Wording("Agency outside the bus", "Aktör som inte är ansluten"),
            "services": Wording("Services that are asked for", "Insatser som efterfrågas"),
        },
    ),
    ExternalReferralAnswered: EventWords(
        Wording("Record the answer of an agency outside the bus", "Registrera svaret från en aktör utanför bussen"),
        Wording(
            "The answer is recorded on behalf of the agency. After a yes you reach it by phone; it reads nothing here.",
            "Svaret registreras åt aktören. Efter ett ja når ni den per telefon; den läser inget här.",
        ),
        {
            "reason": Wording("Why it declines", "Varför den avböjer"),
            "services": Wording("Services that it will give", "Insatser som den kommer att ge"),
        },
    ),
    OfferQuestionAsked: EventWords(
        Wording("Ask the referrer a question", "Ställa en fråga till avsändaren"),
        Wording(
            "The referrer answers your question; the time for your answer to the offer runs on.",
            "Avsändaren svarar på frågan; tiden för ert svar på erbjudandet löper vidare.",
        ),
    ),
    OfferQuestionAnswered: EventWords(
        Wording("Answer the recipient's question", "Besvara mottagarens fråga"),
        Wording(
            "The recipient gets your answer and can then accept or decline.",
            "Mottagaren får ditt svar och kan sedan tacka ja eller nej.",
        ),
    ),
    CouldNotReach: EventWords(
        Wording("Note that the person was not reached", "Notera att personen inte har nåtts"),
        Wording(
            "The referrer learns that you could not reach the person, why, and when you try again.",
            "Avsändaren får veta att ni inte har nått personen, varför, och när ni försöker igen.",
        ),
    ),
    ReferralOutcomeReported: EventWords(
        Wording("Report what came of a referral", "Rapportera vad det blev av en hänvisning"),
        Wording(
            "The referrer learns of each service whether it was given, since when, and if not, why.",
            "Avsändaren får för varje insats veta om den har getts, sedan när, och om inte, varför.",
        ),
        {"services": Wording("What came of each service", "Vad det blev av varje insats")},
    ),
    ReferralHandedBack: EventWords(
        Wording("Hand the case back", "Lämna tillbaka ärendet"),
        Wording(
            "Your agency no longer takes care of what it had accepted; the referrer learns why and can turn elsewhere.",
            "Er organisation tar inte längre hand om det som den har antagit; avsändaren får veta varför och kan vända "
            "sig till någon annan.",
        ),
    ),
    StatisticalFactsRecorded: EventWords(
        Wording("Record facts for the statistics", "Registrera uppgifter för statistiken"),
        Wording(
            "The sex and citizenship group by which the person is counted are recorded. They decide nothing else.",
            "Det kön och den medborgarskapsgrupp som personen räknas till registreras. De avgör inget annat.",
        ),
    ),
    NoReferralPossible: EventWords(
        Wording("Note that nobody can give a service", "Notera att ingen kan ge en insats"),
        Wording(
            "The lack of a service that the person needs is counted, by service and county.",
            "Att en insats som personen behöver saknas räknas i statistiken, efter insats och län.",
        ),
    ),
    LeadHandedOver: EventWords(
        Wording("Hand over the lead", "Lämna över ledningen av ärendet"),
        Wording(
            "Another agency in the case answers for it as a whole from now on.",
            "En annan aktör i ärendet ansvarar för helheten från och med nu.",
        ),
    ),
    NeedsAssessed: EventWords(
        Wording("Assess the needs", "Bedöma behoven"),
        Wording(
            "The case shows what the person needs, what cannot wait and how great the risk is.",
            "Ärendet visar vad personen behöver, vad som inte kan vänta och hur stor risken är.",
        ),
    ),
    SupportPlanDrafted: EventWords(
        Wording("Draft a support plan", "Upprätta en stödplan"),
        Wording(
            "The services in the case follow a plan with goals; it takes the place of an earlier plan.",
            "Insatserna i ärendet följer en plan med mål; den ersätter en tidigare plan.",
        ),
    ),
    SupportPlanRevised: EventWords(
        Wording("Revise the support plan", "Revidera stödplanen"),
        Wording(
            "The plan in force gets the goals that you name, in place of its earlier ones.",
            "Den gällande planen får de mål som du anger, i stället för de tidigare.",
        ),
    ),
    SupportProvided: EventWords(
        Wording("Record a service that was given", "Registrera en insats som har getts"),
        Wording(
            "The case shows which service was given and when; without a last day it goes on.",
            "Ärendet visar vilken insats som har getts och när; utan sista dag pågår den.",
        ),
    ),
    ChildConcernReported: EventWords(
        Wording("Report concern for a child", "Göra en orosanmälan för ett barn"),
        Wording(
            "A municipality's social services take part in the case and assess the child's need of protection at once; "
            "it is a duty and takes no consent.",
            "En kommuns socialtjänst deltar i ärendet och bedömer genast barnets behov av skydd; anmälan är en "
            "skyldighet och kräver inget samtycke.",
        ),
        {"municipality": Wording("Municipality that gets the report", "Kommun som tar emot anmälan")},
    ),
    ChildConcernAssessed: EventWords(
        Wording("Assess a child's need of protection", "Bedöma ett barns behov av skydd"),
        Wording(
            "Social services say whether the child needs protection, and what they do.",
            "Socialtjänsten anger om barnet behöver skydd och vad den gör.",
        ),
    ),
    ChildAssessmentOverdue: EventWords(
        Wording("Note that a child's assessment is overdue", "Notera att bedömningen av ett barn är försenad"),
        Wording(
            "The day after the report has passed, and nobody has assessed the child's need of protection.",
            "Dagen efter orosanmälan har passerat, och ingen har bedömt barnets behov av skydd.",
        ),
    ),
    ConsentRefused: EventWords(
        Wording("Record that the person refuses consent", "Registrera att personen inte samtycker"),
        Wording(
            "It is recorded that the person was asked to let the case be shared and said no; no reason is recorded.",
            "Det registreras att personen tillfrågades om att ärendet får delas och sa nej; inget skäl registreras.",
        ),
    ),
    HelpDeclined: EventWords(
        Wording("Record that the person declines help", "Registrera att personen tackar nej till stöd"),
        Wording(
            "It is recorded that services were offered and the person said no; no reason is recorded. A no to a return "
            "takes an earlier choice to return back.",
            "Det registreras att stöd erbjöds och att personen sa nej; inget skäl registreras. Ett nej till "
            "återvändande tar tillbaka ett tidigare val att återvända.",
        ),
        {"services": Wording("Services that were offered", "Stöd som erbjöds")},
    ),
    CustodianTraced: EventWords(
        Wording("Record who answers for the child", "Registrera vem som ansvarar för barnet"),
        Wording(
            "The search for somebody who answers for an unaccompanied child has a result.",
            "Sökandet efter någon som ansvarar för ett ensamkommande barn har gett resultat.",
        ),
    ),
    TransnationalReferralOffered: EventWords(
        Wording("Refer the case to another country", "Hänvisa ärendet till ett annat land"),
        Wording(
            "The contact on the other side of the border is asked to take the case on, and answers by the time that "
            "you set.",
            "Kontaktpunkten på andra sidan gränsen ombeds ta emot ärendet och svarar inom den tid som du anger.",
        ),
        {
            "purpose": Wording("Purpose of the referral", "Ändamål med hänvisningen"),
            "services": Wording("Services that are asked for", "Insatser som efterfrågas"),
        },
    ),
    TransnationalReferralAccepted: EventWords(
        Wording("Accept a referral from another country", "Ta emot en hänvisning från ett annat land"),
        Wording(
            "Your side of the border takes the case on, with the services that it will give.",
            "Er sida av gränsen tar emot ärendet, med de insatser som den kommer att ge.",
        ),
        {"services": Wording("Services that you will give", "Insatser som ni kommer att ge")},
    ),
    TransnationalReferralDeclined: EventWords(
        Wording("Decline a referral from another country", "Avböja en hänvisning från ett annat land"),
        Wording(
            "Your side of the border does not take the case on; the referrer learns why.",
            "Er sida av gränsen tar inte emot ärendet; avsändaren får veta varför.",
        ),
    ),
    CaseClosed: EventWords(
        Wording("Close the case", "Avsluta ärendet"),
        Wording(
            "Work in the case ends; a participant can open it again.",
            "Arbetet i ärendet upphör; en deltagare kan öppna det igen.",
        ),
    ),
    CaseReopened: EventWords(
        Wording("Reopen the case", "Återuppta ärendet"),
        Wording(
            "Work in a closed case goes on.",
            "Arbetet i ett avslutat ärende fortsätter.",
        ),
    ),
    ErasureRequested: EventWords(
        Wording("Have the case erased", "Begära att ärendet raderas"),
        Wording(
            "The case, or all personal details in it, is erased at every agency that holds any of it; it cannot be "
            "undone.",
            "Ärendet, eller alla personuppgifter i det, raderas hos alla aktörer som har något av det; det kan inte "
            "ångras.",
        ),
        {"scope": Wording("What is erased", "Vad som raderas")},
    ),
    ReceiptHandedOver: EventWords(
        Wording("Hand the victim a receipt", "Ge den utsatta ett kvitto"),
        Wording(
            "The victim has a paper with a code, by which any agency can take her word.",
            "Den utsatta har ett papper med en kod, med vilken varje aktör kan ta emot hennes besked.",
        ),
        {"valid_until": Wording("Last day on which it can be shown", "Sista dag då det kan visas")},
    ),
    ReceiptShown: EventWords(
        Wording("Take the victim's word by her receipt", "Ta emot den utsattas besked genom kvittot"),
        Wording(
            "The victim showed her receipt and said what she asks for; those who take part in the case learn of it.",
            "Den utsatta visade sitt kvitto och sa vad hon vill; de som deltar i ärendet får veta det.",
        ),
    ),
    ErasureObjected: EventWords(
        Wording("Object to an erasure", "Invända mot en radering"),
        Wording(
            "An authority keeps some records of its own because an act obliges it to; it erases everything else.",
            "En myndighet bevarar en del egna handlingar eftersom en lag ålägger den det; den raderar allt annat.",
        ),
        {"request_id": Wording("Erasure", "Radering"), "ground": Wording("Ground in law", "Grund i lag")},
    ),
    ErasureConfirmed: EventWords(
        Wording("Confirm an erasure", "Bekräfta en radering"),
        Wording(
            "The agency's service has erased what was to be erased.",
            "Aktörens tjänst har raderat det som skulle raderas.",
        ),
        {"request_id": Wording("Erasure", "Radering")},
    ),
    DeadlineReminded: EventWords(
        Wording("Remind of a deadline", "Påminna om en tidsgräns"),
        Wording(
            "Those concerned are reminded that something is about to run out.",
            "De berörda påminns om att något snart går ut.",
        ),
    ),
}
"""The words of each event."""
