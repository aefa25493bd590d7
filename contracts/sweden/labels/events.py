"""The words of the events that only Sweden has, chapter by chapter. It is a list, so it has over 250 lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.event.published_event import PublishedEvent
from contracts.labels.words import EventWords
from contracts.sweden.chapters.acute_danger import PoliceAlertAnswered, PoliceAlerted
from contracts.sweden.chapters.asylum import AsylumClaimed, AsylumDecided
from contracts.sweden.chapters.child_safeguards import AgeAssessed, BestInterestsAssessed, GuardianAppointed
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.sweden.chapters.return_choice import ReceptionConfirmed, ReturnChosen
from contracts.sweden.chapters.return_journey import ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRefused,
    ReturnRequested,
)
from contracts.vocabulary.wording import Wording

EVENT_WORDS: Final[Mapping[type[PublishedEvent], EventWords]] = {
    InvestigationOpened: EventWords(
        Wording("Open a preliminary investigation", "Inleda förundersökning"),
        Wording(
            "The person is formally identified as a victim.",
            "Personen är formellt identifierad som offer för människohandel.",
        ),
    ),
    PoliceAlerted: EventWords(
        Wording("Tell the police of an acute danger", "Underrätta polisen om en akut fara"),
        Wording(
            "The police take part in the case at once, on a ground in law and without consent. Call 112 first.",
            "Polisen deltar i ärendet genast, på en grund i lagen och utan samtycke. Ring 112 först.",
        ),
    ),
    PoliceAlertAnswered: EventWords(
        Wording("Say what you did about an acute danger", "Ange vad ni gjorde åt en akut fara"),
        Wording(
            "The agency that told you hears what came of it. When there is no danger, you leave the case.",
            "Den som underrättade er får veta vad det blev av det. När det inte finns någon fara lämnar ni ärendet.",
        ),
        {"measure": Wording("What the police did", "Vad polisen gjorde")},
    ),
    InvestigationClosed: EventWords(
        Wording("Close the preliminary investigation", "Avsluta förundersökningen"),
        Wording(
            "The investigation has ended; the person stays formally identified.",
            "Förundersökningen är avslutad; personen förblir formellt identifierad.",
        ),
    ),
    ReflectionPeriodRequested: EventWords(
        Wording("Apply for a reflection period", "Ansöka om betänketid"),
        Wording(
            "The Migration Agency takes part in the case and decides on thirty days for the person to recover and to "
            "choose.",
            "Migrationsverket deltar i ärendet och beslutar om trettio dagar då personen kan återhämta sig och ta "
            "ställning.",
        ),
    ),
    ReflectionPeriodGranted: EventWords(
        Wording("Grant a reflection period", "Bevilja betänketid"),
        Wording(
            "The person may stay from the first day to the last, both included.",
            "Personen får vistas här från och med den första till och med den sista dagen.",
        ),
    ),
    ReflectionPeriodRefused: EventWords(
        Wording("Refuse a reflection period", "Avslå ansökan om betänketid"),
        Wording(
            "The applicant learns that there will be no reflection period, and why.",
            "Den som ansökte får veta att det inte blir någon betänketid, och varför.",
        ),
    ),
    ReflectionPeriodEnded: EventWords(
        Wording("End a reflection period", "Avsluta betänketiden"),
        Wording(
            "The reflection period is over, because its time has run out or because it is revoked.",
            "Betänketiden är slut, för att tiden har gått ut eller för att den återkallas.",
        ),
        {"request_id": Wording("Reflection period", "Betänketid")},
    ),
    ResidencePermitRequested: EventWords(
        Wording("Apply for a temporary residence permit", "Ansöka om tidsbegränsat uppehållstillstånd"),
        Wording(
            "The Migration Agency takes part in the case and decides whether the person may stay while the crime is "
            "investigated.",
            "Migrationsverket deltar i ärendet och beslutar om personen får stanna medan brottet utreds.",
        ),
    ),
    ResidencePermitGranted: EventWords(
        Wording("Grant a temporary residence permit", "Bevilja tidsbegränsat uppehållstillstånd"),
        Wording(
            "The person may stay from the first day in force to the last, both included.",
            "Personen får stanna från och med den första till och med den sista giltighetsdagen.",
        ),
    ),
    ResidencePermitRefused: EventWords(
        Wording("Refuse a temporary residence permit", "Avslå ansökan om uppehållstillstånd"),
        Wording(
            "The applicant learns that there will be no permit, and why.",
            "Den som ansökte får veta att det inte blir något tillstånd, och varför.",
        ),
    ),
    ResidencePermitEnded: EventWords(
        Wording("End a permit", "Avsluta ett tillstånd"),
        Wording(
            "A time-limited permit is over, because its time has run out or because it is revoked.",
            "Ett tidsbegränsat tillstånd är slut, för att tiden har gått ut eller för att det återkallas.",
        ),
    ),
    AsylumClaimed: EventWords(
        Wording("Record a claim for asylum", "Registrera en asylansökan"),
        Wording(
            "The Migration Agency takes part in the case and assists the person while the claim is open.",
            "Migrationsverket deltar i ärendet och ger personen stöd medan ansökan prövas.",
        ),
    ),
    AsylumDecided: EventWords(
        Wording("Decide a claim for asylum", "Avgöra en asylansökan"),
        Wording(
            "The claim is settled; a permit without a last day is permanent.",
            "Ansökan är avgjord; ett tillstånd utan sista dag är permanent.",
        ),
    ),
    PermanentResidenceGranted: EventWords(
        Wording("Grant permanent residence", "Bevilja permanent uppehållstillstånd"),
        Wording(
            "The person may stay for good.",
            "Personen får stanna permanent.",
        ),
    ),
    WorkPermitGranted: EventWords(
        Wording("Grant a work permit", "Bevilja arbetstillstånd"),
        Wording(
            "The person may work and stay from the first day in force to the last, both included.",
            "Personen får arbeta och stanna från och med den första till och med den sista giltighetsdagen.",
        ),
    ),
    ReimbursementClaimed: EventWords(
        Wording("Claim reimbursement", "Ansöka om ersättning"),
        Wording(
            "The Migration Agency is asked to pay what services cost on days of a reflection period or a temporary "
            "permit.",
            "Migrationsverket ombeds betala vad insatser har kostat under dagar med betänketid eller tidsbegränsat "
            "uppehållstillstånd.",
        ),
        {"amount_sek": Wording("Amount that is claimed, in kronor", "Belopp som begärs, i kronor")},
    ),
    ReimbursementDecided: EventWords(
        Wording("Decide a claim for reimbursement", "Avgöra en ansökan om ersättning"),
        Wording(
            "The municipality or region gets all that it claims, a part of it, or nothing.",
            "Kommunen eller regionen får hela det begärda beloppet, en del av det eller ingenting.",
        ),
        {"amount_sek": Wording("Amount that is granted, in kronor", "Belopp som beviljas, i kronor")},
    ),
    AgeAssessed: EventWords(
        Wording("Record whether the person is a child", "Registrera om personen är ett barn"),
        Wording(
            "It is recorded how it is known whether the person is a child, and the case is treated so from now on.",
            "Det registreras hur man vet om personen är ett barn, och ärendet hanteras så från och med nu.",
        ),
    ),
    GuardianAppointed: EventWords(
        Wording("Record that a guardian is appointed", "Registrera att en ställföreträdare är utsedd"),
        Wording(
            "Somebody who was appointed may now answer for the child.",
            "Någon som är utsedd får nu företräda barnet.",
        ),
    ),
    BestInterestsAssessed: EventWords(
        Wording("Record an assessment of the child's best interests", "Registrera en prövning av barnets bästa"),
        Wording(
            "The others in the case see whether a step is in the child's best interests, and whether the child was "
            "heard.",
            "De andra i ärendet ser om ett steg är för barnets bästa, och om barnet har hörts.",
        ),
    ),
    ReturnChosen: EventWords(
        Wording("Record the person's choice to return", "Registrera personens val att återvända"),
        Wording(
            "An application for a return to this country can be made; the person can say no until the journey.",
            "En ansökan om återvändande till landet kan göras; personen kan säga nej fram till resan.",
        ),
    ),
    ReceptionConfirmed: EventWords(
        Wording("Record that the child is received abroad", "Registrera att barnet tas emot i det andra landet"),
        Wording(
            "An authority of the country of return has confirmed that the child is received there.",
            "En myndighet i landet dit barnet återvänder har bekräftat att barnet tas emot där.",
        ),
    ),
    ReturnRequested: EventWords(
        Wording("Apply for a voluntary return", "Ansöka om frivilligt återvändande"),
        Wording(
            "The coordinator and IOM take part in the case; the coordinator countersigns and IOM decides.",
            "Samordnaren och IOM deltar i ärendet; samordnaren undertecknar och IOM beslutar.",
        ),
    ),
    ReturnCountersigned: EventWords(
        Wording("Countersign the application for return", "Underteckna ansökan om återvändande"),
        Wording(
            "The application is complete, and IOM can decide.",
            "Ansökan är komplett, och IOM kan besluta.",
        ),
        {"region": Wording("Coordinator's region", "Samordnarens region")},
    ),
    ReturnApproved: EventWords(
        Wording("Approve a voluntary return", "Bevilja frivilligt återvändande"),
        Wording(
            "The person gets support before, during and after the journey.",
            "Personen får stöd före, under och efter resan.",
        ),
    ),
    ReturnRefused: EventWords(
        Wording("Refuse a voluntary return", "Avslå frivilligt återvändande"),
        Wording(
            "The applicant learns that the programme does not arrange the journey, and why.",
            "Den som ansökte får veta att programmet inte ordnar resan, och varför.",
        ),
    ),
    TravelArranged: EventWords(
        Wording("Book the journey", "Boka resan"),
        Wording(
            "The day of departure is set; a journey may be booked again.",
            "Avresedagen är bestämd; en resa kan bokas om.",
        ),
    ),
    Returned: EventWords(
        Wording("Record the arrival", "Registrera ankomsten"),
        Wording(
            "The person has arrived in the country of return.",
            "Personen har kommit fram till det land som resan gick till.",
        ),
    ),
    ReintegrationProvided: EventWords(
        Wording("Record help after the return", "Registrera hjälp efter återvändandet"),
        Wording(
            "The case shows which help the person got after the journey.",
            "Ärendet visar vilken hjälp personen har fått efter resan.",
        ),
        {"form": Wording("Form of the help", "Hjälpens form")},
    ),
    LabourInspectionRequested: EventWords(
        Wording("Ask for a joint inspection", "Begära en gemensam inspektion"),
        Wording(
            "The authorities that you ask take part in the case and inspect a workplace together with you.",
            "De myndigheter som du anger deltar i ärendet och inspekterar en arbetsplats tillsammans med er.",
        ),
    ),
    LabourInspectionReported: EventWords(
        Wording("Report from an inspection", "Rapportera från en inspektion"),
        Wording(
            "The case shows what your authority found; the inspection is complete when all have reported.",
            "Ärendet visar vad er myndighet såg; inspektionen är klar när alla har rapporterat.",
        ),
    ),
    IntegrationPlanDrafted: EventWords(
        Wording("Draft a plan for integration", "Upprätta en integrationsplan"),
        Wording(
            "Long-term services follow a plan for rehabilitation and integration; it takes the place of an earlier "
            "plan.",
            "De långsiktiga insatserna följer en plan för rehabilitering och integration; den ersätter en tidigare "
            "plan.",
        ),
    ),
    IntegrationServiceProvided: EventWords(
        Wording("Record a long-term service", "Registrera en långsiktig insats"),
        Wording(
            "The case shows which long-term service was given under the plan; without a last day it goes on.",
            "Ärendet visar vilken långsiktig insats som har getts enligt planen; utan sista dag pågår den.",
        ),
    ),
}
"""The words of each event."""
