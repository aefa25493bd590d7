"""The clauses and sentences, in English and Swedish, in which tasks say why an offer was declined and what runs out.

The labels of the values themselves stand in `contracts.sweden.labels`.
"""

from __future__ import annotations

from typing import Final

from contracts.chapters.referral import DeclineReason
from contracts.view.parts.referral import HandBackReason
from contracts.vocabulary.choices import DeadlineKind
from contracts.vocabulary.wording import Wording

DECLINED_FOR: Final = {
    DeclineReason.NO_CAPACITY: Wording("it has no room", "den inte har plats"),
    DeclineReason.OUTSIDE_MANDATE: Wording("it is not its task", "det inte är dess uppdrag"),
    DeclineReason.OTHER_AREA: Wording("it is another area's task", "ett annat område ansvarar"),
    DeclineReason.NEEDS_NOT_MET_HERE: Wording("it cannot meet the needs", "den inte kan möta behoven"),
    DeclineReason.SAFETY: Wording("the person would not be safe there", "personen inte vore trygg där"),
    DeclineReason.OTHER: Wording("it has reasons of its own", "den har egna skäl"),
}

HANDED_BACK_FOR: Final = {
    HandBackReason.NO_CAPACITY: Wording("it has no room any more", "den inte har plats längre"),
    HandBackReason.OUTSIDE_MANDATE: Wording("it is not its task", "det inte är dess uppdrag"),
    HandBackReason.NEEDS_NOT_MET_HERE: Wording("it cannot meet the needs", "den inte kan möta behoven"),
    HandBackReason.PERSON_MOVED: Wording("the person has moved", "personen har flyttat"),
    HandBackReason.PERSON_DECLINED: Wording("the person does not want its help", "personen inte vill ha dess hjälp"),
    HandBackReason.NOT_REACHED: Wording("it cannot reach the person", "den inte når personen"),
    HandBackReason.SAFETY: Wording("the person is not safe there", "personen inte är trygg där"),
    HandBackReason.OTHER: Wording("it has reasons of its own", "den har egna skäl"),
}

RUNNING_OUT: Final = {
    DeadlineKind.OFFER: Wording(
        "An offer is about to expire: see that it is answered.",
        "Ett erbjudande går snart ut: se till att det besvaras.",
    ),
    DeadlineKind.CONSENT: Wording(
        "A consent is about to expire: ask the person whether to renew it.",
        "Ett samtycke går snart ut: fråga personen om det ska förnyas.",
    ),
    DeadlineKind.REFLECTION_PERIOD: Wording(
        "A reflection period is about to end: see that the person knows what follows.",
        "En betänketid går snart ut: se till att personen vet vad som följer.",
    ),
    DeadlineKind.PERMIT: Wording(
        "A permit is about to end: see to its prolongation, or to what follows.",
        "Ett tillstånd går snart ut: ordna förlängning, eller det som följer.",
    ),
    DeadlineKind.CHILD_ASSESSMENT: Wording(
        "A child's need of protection must be assessed today.",
        "Ett barns behov av skydd måste bedömas i dag.",
    ),
    DeadlineKind.CONSULTATION: Wording(
        "A question to the coordinator must be answered today.",
        "En fråga till samordnaren måste besvaras i dag.",
    ),
    DeadlineKind.AWAITED: Wording(
        "A decision or an answer that somebody waits for is due soon.",
        "Ett beslut eller svar som någon väntar på ska snart lämnas.",
    ),
}
