"""A case as an agency could read it at a version: by the rules, and by the keys that are on record. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bus.replay.account import AsAgency, BothTexts, Mismatch
from bus.replay.past import PastCase
from contracts.privacy.past_reading import ReadPart, epochs_as_sealed, has_erased, last_read, past_readers, reading
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part

_TEXTS = {
    "no-key": BothTexts(
        en="The agency may open this, and its key had not come, or is destroyed.",
        sv="Aktören får öppna detta, men nyckeln hade inte kommit, eller är förstörd.",
    ),
    "old-key": BothTexts(
        en="The agency had left the part, and this is sealed under a key that it has.",
        sv="Aktören hade lämnat delen, och detta är förseglat med en nyckel som den har.",
    ),
    "granted": BothTexts(
        en="This agency granted the key, though the rules do not open this to the other one.",
        sv="Den här aktören lämnade ut nyckeln, fast reglerna inte öppnar detta för den andra.",
    ),
}


def as_agency(past: PastCase, agency: AgencyId) -> AsAgency:
    """The reading of an agency at the last version of a past."""
    case, stored = past.case, past.stored
    parts = reading(past.views, agency, stored.lies_in)
    here = agency == stored.agency
    found = [*(_lacking(past, parts) if here else ()), *_beyond(past, agency, parts)]
    reads = {each.part for each in parts if each.reads}
    return AsAgency(
        agency=agency,
        takes_part=None if case.unreadable else case.state.takes_part(agency),
        erased=has_erased(case.state, agency),
        here=here,
        parts=parts,
        not_shown=tuple(sorted(reads - open_here(past))),
        mismatches=tuple(sorted(found, key=lambda each: (each.version, each.part))),
    )


def open_here(past: PastCase) -> frozenset[Part]:
    """The parts that this store shows of the case at the stop: the core, and those that its own agency read then."""
    return frozenset() if past.case.unreadable else past.case.parts | {Part.CORE}


def _lacking(past: PastCase, parts: Sequence[ReadPart]) -> Iterator[Mismatch]:
    """The sections that the rules open to this store's agency, and whose key it did not hold."""
    for part in parts:
        for version in part.opens:
            if not past.opens(version, part.part):
                yield _mismatch("no-key", version, part.part)


def _beyond(past: PastCase, agency: AgencyId, parts: Sequence[ReadPart]) -> Iterator[Mismatch]:
    """The sections that the rules close to an agency, and whose key it has: by the epochs as they were sealed, and by
    the grants of this store's agency.
    """
    stored, at_each = past.stored, past_readers(past.views)
    lawful = {(version, each.part) for each in parts for version in each.opens}
    granted = {(compartment, kid) for compartment, kid, recipient in stored.given if recipient == agency}
    to_the_end = len(past.events) == len(stored.envelopes)  # a grant has no time: it may have come after the stop
    for part in Part:
        last = last_read(at_each, agency, part)
        kids = [None, *(stored.kid(each.envelope.version, part) for each in past.events)]
        for version, began in enumerate(epochs_as_sealed(kids)):
            if began is None or (version, part) in lawful or past.case.state.version < version:
                continue
            if last is not None and began <= last:
                yield _mismatch("old-key", version, part)
            elif last is None and to_the_end and (part.compartment, kids[version]) in granted:
                yield _mismatch("granted", version, part)


def _mismatch(code: str, version: int, part: Part) -> Mismatch:
    lawful = code == "no-key"
    return Mismatch.model_validate(
        {
            "version": version,
            "part": part,
            "lawful": lawful,
            "recorded": not lawful,
            "code": code,
            "text": _TEXTS[code],
        }
    )
