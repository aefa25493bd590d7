"""The plain words, in English and Swedish, by which tasks name the values of the contracts' closed lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from contracts.chapters.referral import DeclineReason
from contracts.vocabulary.choices import DataClass, DeadlineKind, Purpose
from contracts.vocabulary.wording import Wording

DECLINED_FOR: Final = {
    DeclineReason.NO_CAPACITY: Wording("it has no room", "den inte har plats"),
    DeclineReason.OUTSIDE_MANDATE: Wording("it is not its task", "det inte är dess uppdrag"),
    DeclineReason.OTHER_AREA: Wording("it is another area's task", "ett annat område ansvarar"),
    DeclineReason.NEEDS_NOT_MET_HERE: Wording("it cannot meet the needs", "den inte kan möta behoven"),
    DeclineReason.SAFETY: Wording("the person would not be safe there", "personen inte vore trygg där"),
    DeclineReason.OTHER: Wording("it has reasons of its own", "den har egna skäl"),
}

PURPOSES: Final = {
    Purpose.SUPPORT: Wording("support", "stöd"),
    Purpose.HEALTH_CARE: Wording("health care", "hälso- och sjukvård"),
    Purpose.INVESTIGATION: Wording("the investigation", "utredningen"),
    Purpose.LEGAL_STATUS: Wording("legal status", "rättslig status"),
    Purpose.SAFE_RETURN: Wording("a safe return", "ett tryggt återvändande"),
    Purpose.CHILD_PROTECTION: Wording("child protection", "skydd av barn"),
    Purpose.LONG_TERM_INTEGRATION: Wording("long-term integration", "långsiktig integration"),
    Purpose.LABOUR_INSPECTION: Wording("a labour inspection", "en arbetsplatsinspektion"),
}

PERSONAL_DATA: Final = {
    DataClass.IDENTITY: Wording("identity", "identitet"),
    DataClass.CONTACT: Wording("contact details", "kontaktuppgifter"),
    DataClass.HEALTH: Wording("health", "hälsa"),
    DataClass.FAMILY: Wording("family", "familj"),
    DataClass.LEGAL: Wording("legal matters", "rättsliga uppgifter"),
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
}


Name = TypeVar("Name", bound=StrEnum)


def listed(names: Iterable[Name], words: Mapping[Name, Wording]) -> Wording:
    """The words for several values of a list, separated by commas."""
    chosen = [words[name] for name in names]
    return Wording(", ".join(each.en for each in chosen), ", ".join(each.sv for each in chosen))
