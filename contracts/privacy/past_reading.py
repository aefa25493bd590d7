"""Which parts of a case an agency could read at a version, on what ground, and which events that opened. Pure.

It follows from the views of the case at each version. A reader of a part holds the keys of all its epochs up to the
version, so it opens the part of every event whose epoch had begun when it last was a reader, also of earlier events.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

from contracts.event.fact import Fact
from contracts.law.parts import Ground, ReadingReason, consents_behind, grounds, readers, same_readers
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import ErasureScope
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part
from contracts.vocabulary.wording import Wording

Readers = Sequence[Mapping[AgencyId, frozenset[Part]]]
"""The readers of each part at each version, from version 0."""


class PastGround(Fact):
    """A reason why an agency reads a part.

    `since`: the version of the event with which it began to hold. `about`: the id of the event that it rests on, such
    as the offer. `consents`: the ids of the consents in force that cover it.
    """

    reason: ReadingReason
    since: int
    about: str | None
    consents: tuple[str, ...]


class ReadPart(Fact):
    """A part, why the agency reads it (by nothing, when it is no reader any more), and the events that this opens.

    `reads`: true if the agency is a reader at this version. `last`: the last version at which it was one. `opens`: the
    versions of the events whose section in this part the agency may open.
    """

    part: Part
    reads: bool
    last: int
    grounds: tuple[PastGround, ...]
    opens: tuple[int, ...]


def past_readers(views: Sequence[CaseView]) -> Readers:
    """The readers at each version. `views`: the view at each version, from version 0."""
    found = [readers(views[0])]
    for before, after in pairwise(views):
        found.append(found[-1] if same_readers(before, after) else readers(after))
    return found


def reading(views: Sequence[CaseView], agency: AgencyId, lies_in: Callable[[int, Part], bool]) -> tuple[ReadPart, ...]:
    """The parts that an agency reads, or has read, at the last of these versions.

    Args:
        views: the view at each version, from version 0.
        agency: the agency.
        lies_in: whether the event at a version has a section in a part.
    """
    at_each, case = past_readers(views), views[-1]
    held = _grounds_at_each(views, agency)
    if has_erased(case, agency):
        return ()
    found = []
    for part in Part:
        last = last_read(at_each, agency, part)
        if last is None:
            continue
        epochs = epochs_by_law(at_each, part)
        opens = tuple(v for v in range(1, len(views)) if lies_in(v, part) and epochs[v] <= last)
        why = tuple(_past(case, held, each) for each in held[-1] if part in each.parts)
        found.append(ReadPart(part=part, reads=last == len(views) - 1, last=last, grounds=why, opens=opens))
    return tuple(found)


def has_erased(case: CaseView, agency: AgencyId) -> bool:
    """True if the case is erased, or the agency has confirmed that it destroyed its keys of the case."""
    return case.status is CaseStatus.ERASED or any(
        each.scope is ErasureScope.CASE and agency in each.confirmed_by for each in case.erasures
    )


def last_read(at_each: Readers, agency: AgencyId, part: Part) -> int | None:
    """The last version at which an agency read a part; None: never."""
    return next((v for v in reversed(range(len(at_each))) if part in at_each[v].get(agency, ())), None)


def epochs_by_law(at_each: Readers, part: Part) -> Sequence[int]:
    """For each version, the version with which the epoch of its event begins: the last one before it that lost a
    reader of the part. An agency that was a reader then, or later, opens the event.
    """
    began, found = 0, [0]
    for before, after in pairwise(at_each):
        found.append(began)
        if any(part in parts and part not in after.get(agency, ()) for agency, parts in before.items()):
            began = len(found) - 1
    return found


def epochs_as_sealed(kids: Sequence[str | None]) -> Sequence[int | None]:
    """For each version, the version before the first event under the same key: its readers got that key, and so did
    all who became readers later. `kids`: the id of the key of each version's section in a part, from version 0.
    """
    first: dict[str, int] = {}
    return [None if kid is None else first.setdefault(kid, max(0, version - 1)) for version, kid in enumerate(kids)]


def _grounds_at_each(views: Sequence[CaseView], agency: AgencyId) -> Sequence[tuple[Ground, ...]]:
    found = [tuple(grounds(views[0], agency))]
    for before, after in pairwise(views):
        found.append(found[-1] if same_readers(before, after) else tuple(grounds(after, agency)))
    return found


def _past(case: CaseView, held: Sequence[Collection[Ground]], ground: Ground) -> PastGround:
    since = len(held) - 1
    while since > 0 and ground in held[since - 1]:
        since -= 1
    return PastGround(reason=ground.reason, since=since, about=ground.about, consents=consents_behind(case, ground))


REASONS: Final[Mapping[ReadingReason, Wording]] = {
    ReadingReason.TAKES_PART: Wording("takes part in the case", "deltar i ärendet"),
    ReadingReason.TASK_BY_LAW: Wording("has a task by law", "har en uppgift enligt lag"),
    ReadingReason.LEADS: Wording("leads the case", "ansvarar för ärendet"),
    ReadingReason.LEADS_INVESTIGATION: Wording(
        "leads or led the investigation", "leder eller har lett förundersökningen"
    ),
    ReadingReason.INSPECTS: Wording("takes part in the inspection", "deltar i inspektionen"),
    ReadingReason.APPLIED: Wording("made the application", "gjorde ansökan"),
    ReadingReason.DECIDED_STAY: Wording("decided that the person may stay", "beslutade att personen får stanna"),
    ReadingReason.ADVICE: Wording("asked for advice, or gives it", "har bett om råd eller ger det"),
    ReadingReason.SIDE_OF_OFFER: Wording("made or got the offer", "lämnade eller fick erbjudandet"),
    ReadingReason.ACCEPTED_WITH_CONSENT: Wording(
        "accepted the offer, and consent in force covers it", "tackade ja till erbjudandet, och samtycke täcker det"
    ),
    ReadingReason.ACCEPTED_BY_DUTY: Wording(
        "accepted the offer, which a duty to a child covers",
        "tackade ja till erbjudandet, som en plikt mot barn täcker",
    ),
    ReadingReason.BEFORE_PARTS: Wording("took part before the case had parts", "deltog innan ärendet hade delar"),
}
"""Each reason in plain words, after the name of the agency."""
