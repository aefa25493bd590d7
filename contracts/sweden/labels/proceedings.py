"""The words of the events of legal proceedings and of the values of their closed lists. It is a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.event.published_event import PublishedEvent
from contracts.labels.words import EventWords, Values
from contracts.sweden.chapters.compensation import CompensationClaimed, CompensationDecided
from contracts.sweden.chapters.counsel import CounselAppointed
from contracts.sweden.chapters.interviews import (
    ChildsRepresentative,
    InterviewHeld,
    InterviewPlanned,
    NonPunishmentConsidered,
)
from contracts.sweden.chapters.trial import ChargeBrought, DamagesClaimed, JudgmentGiven, Protection, TrialScheduled
from contracts.vocabulary.wording import Wording

EVENT_WORDS: Final[Mapping[type[PublishedEvent], EventWords]] = {
    CounselAppointed: EventWords(
        Wording("Record that counsel is appointed", "Registrera ett förordnat biträde"),
        Wording(
            "Counsel is appointed for the person. A referral, with consent, lets the counsel take part in the case.",
            "Ett biträde är förordnat för personen. En hänvisning, med samtycke, låter biträdet delta i ärendet.",
        ),
        {"counsel": Wording("Counsel, if on the bus", "Biträde, om anslutet")},
    ),
    InterviewPlanned: EventWords(
        Wording("Plan an interview", "Planera ett förhör"),
        Wording(
            "Those who support the person learn of the interview and prepare for it.",
            "De som stöder personen får veta om förhöret och förbereder det.",
        ),
    ),
    InterviewHeld: EventWords(
        Wording("Record that an interview was held", "Registrera ett hållet förhör"),
        Wording("The person has been interviewed.", "Personen har hörts."),
    ),
    NonPunishmentConsidered: EventWords(
        Wording("Record whether a compelled offence is prosecuted", "Registrera om ett framtvingat brott ska åtalas"),
        Wording(
            "A prosecutor has considered whether the person is punished for what the exploitation compelled.",
            "En åklagare har övervägt om personen ska straffas för ett brott som utnyttjandet tvingade fram.",
        ),
    ),
    ChargeBrought: EventWords(
        Wording("Bring a charge", "Väcka åtal"),
        Wording(
            "A charge is brought. A court that is on the bus takes part in the case.",
            "Åtal är väckt. En domstol som är ansluten deltar i ärendet.",
        ),
        {"court": Wording("Court, if on the bus", "Domstol, om ansluten")},
    ),
    DamagesClaimed: EventWords(
        Wording("Claim damages", "Begära skadestånd"),
        Wording(
            "The person claims damages from the accused. A later claim takes the place of an earlier one.",
            "Personen begär skadestånd av den åtalade. Ett senare anspråk ersätter ett tidigare.",
        ),
        {
            "amount_sek": Wording("Damages that are claimed, in kronor", "Skadestånd som begärs, i kronor"),
            "claimed_on": Wording("Day of the claim for damages", "Dag för skadeståndsanspråket"),
        },
    ),
    TrialScheduled: EventWords(
        Wording("Set the days of the trial", "Bestämma dagar för rättegången"),
        Wording(
            "The days of the trial are set. A later date takes the place of an earlier one.",
            "Rättegångens dagar är bestämda. Ett senare datum ersätter ett tidigare.",
        ),
    ),
    JudgmentGiven: EventWords(
        Wording("Record a judgment", "Registrera en dom"),
        Wording(
            "A court has judged the charge, and said what the accused pays the person.",
            "En domstol har dömt över åtalet och sagt vad den åtalade ska betala till personen.",
        ),
    ),
    CompensationClaimed: EventWords(
        Wording("Apply for compensation for the crime", "Ansöka om brottsskadeersättning"),
        Wording(
            "The Crime Victim Authority takes part in the case and decides the application.",
            "Brottsoffermyndigheten deltar i ärendet och beslutar om ansökan.",
        ),
        {"amount_sek": Wording("Amount that is applied for, in kronor", "Belopp som söks, i kronor")},
    ),
    CompensationDecided: EventWords(
        Wording("Decide compensation for the crime", "Besluta om brottsskadeersättning"),
        Wording(
            "The application for compensation is decided: all of it, a part of it, or nothing.",
            "Ansökan om brottsskadeersättning är avgjord: helt, delvis eller inte alls.",
        ),
        {"amount_sek": Wording("Amount that is paid, in kronor", "Belopp som betalas, i kronor")},
    ),
}

FIELDS: Final[Mapping[str, Wording]] = {
    "best_interests_considered": Wording("Found to be in the child's best interests", "Bedömt vara för barnets bästa"),
    "charge_id": Wording("Charge", "Åtal"),
    "charged_on": Wording("Day of the charge", "Dag för åtalet"),
    "child_represented_by": Wording("Who looks after the child's rights", "Vem som bevakar barnets rätt"),
    "compensation_id": Wording("Application for compensation", "Ansökan om brottsskadeersättning"),
    "counsel_present": Wording("Counsel was present", "Biträdet var med"),
    "damages_awarded_sek": Wording("Damages awarded, in kronor", "Utdömt skadestånd, i kronor"),
    "final": Wording("Nobody can appeal any more", "Domen kan inte längre överklagas"),
    "held_on": Wording("Day of the interview", "Förhörsdag"),
    "instance": Wording("Court instance", "Instans"),
    "interview_id": Wording("Interview as planned", "Planerat förhör"),
    "judged_on": Wording("Day of the judgment", "Dag för domen"),
    "offences": Wording("Offences", "Brott"),
    "place": Wording("Place", "Plats"),
    "protections": Wording("What spares the person in court", "Vad som skonar personen i rätten"),
    "recorded_on_video": Wording("Recorded on video", "Inspelat på video"),
    "task": Wording("Task of the counsel", "Biträdets uppdrag"),
    "verdict": Wording("Verdict", "Utgång"),
}

VALUES: Final[Values] = {
    ChildsRepresentative: {
        ChildsRepresentative.CUSTODIAN: Wording("a custodian", "en vårdnadshavare"),
        ChildsRepresentative.GUARDIAN: Wording("a guardian", "en god man"),
        ChildsRepresentative.SPECIAL_REPRESENTATIVE: Wording("a special representative", "en särskild företrädare"),
    },
    Protection: {
        Protection.CLOSED_DOORS: Wording("closed doors", "stängda dörrar"),
        Protection.HEARD_BY_VIDEO: Wording("heard by video", "hörs via video"),
        Protection.SUSPECT_OUT_OF_THE_ROOM: Wording("the accused leaves the room", "den åtalade lämnar rummet"),
        Protection.SUPPORT_PERSON: Wording("a support person", "en stödperson"),
        Protection.RECORDED_INTERVIEW_PLAYED: Wording(
            "the recorded interview is played", "det inspelade förhöret spelas upp"
        ),
        Protection.PROTECTED_IDENTITY: Wording("the person's details stay secret", "personens uppgifter hålls hemliga"),
    },
}
