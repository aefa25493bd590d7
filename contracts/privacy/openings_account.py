"""The account of openings: which people of an agency opened a case, on which day, and which of its parts they read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from contracts.event.fact import Fact
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part
from contracts.vocabulary.wording import Wording


class OpenedCase(Fact):
    """A case that somebody opened at their agency's service on a Swedish day.

    Attributes:
        case_id: the case.
        person: the agency's pseudonym of whoever opened it; only that agency can resolve it.
        system: True if a program opened it on its own account, with no person behind it.
        on: the Swedish day.
        parts: the parts of the case that the agency read on that day.
    """

    case_id: str
    person: str
    system: bool
    on: date
    parts: tuple[Part, ...]


class OpenedDay(Fact):
    """The openings of one day, as the report tells them to the victim: how many people, how many programs, and what."""

    on: date
    people: int
    systems: int
    says: Wording


def opened_days(openings: Iterable[OpenedCase], agency: AgencyId) -> tuple[OpenedDay, ...]:
    """The openings of one case at one agency by day, the oldest day first."""
    days: dict[date, list[OpenedCase]] = {}
    for each in openings:
        days.setdefault(each.on, []).append(each)
    return tuple(_day(on, days[on], agency) for on in sorted(days))


def _day(on: date, openings: list[OpenedCase], agency: AgencyId) -> OpenedDay:
    people = len({each.person for each in openings if not each.system})
    systems = len({each.person for each in openings if each.system})
    read = {part for each in openings for part in each.parts}
    words = [PARTS[part] for part in Part if part in read]
    what = Wording(", ".join(each.en for each in words), ", ".join(each.sv for each in words))
    who = _who(people, systems)
    return OpenedDay(
        on=on,
        people=people,
        systems=systems,
        says=Wording(
            f"On {on}, {who.en} at {agency} opened your case and could read: {what.en}.",
            f"Den {on} öppnade {who.sv} hos {agency} ditt ärende och kunde läsa: {what.sv}.",
        ),
    )


def _who(people: int, systems: int) -> Wording:
    said = [
        *([Wording("1 person", "1 person")] if people == 1 else []),
        *([Wording(f"{people} people", f"{people} personer")] if people > 1 else []),
        *([Wording("a system", "ett system")] if systems == 1 else []),
        *([Wording(f"{systems} systems", f"{systems} system")] if systems > 1 else []),
    ]
    return Wording(" and ".join(each.en for each in said), " och ".join(each.sv for each in said))


PARTS: Final = {
    Part.CORE: Wording("who takes part and how the case stands", "vilka som deltar och hur ärendet ligger till"),
    Part.SUPPORT: Wording("your needs and your support", "dina behov och ditt stöd"),
    Part.INTEGRATION: Wording("the plan for your life in Sweden", "planen för ditt liv i Sverige"),
    Part.STAY: Wording("the applications for you to stay", "ansökningarna om att du ska få stanna"),
    Part.INVESTIGATION: Wording("the investigation of the crime", "utredningen av brottet"),
    Part.INSPECTION: Wording("the inspection of the workplace", "inspektionen av arbetsplatsen"),
    Part.DIALOGUE: Wording("what agencies wrote to each other", "vad aktörerna har skrivit till varandra"),
}
"""The words for each part of a case in the victim's report."""
