"""A case as an agency could read it at a version: by the rules, and by the keys that are on record. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bus.replay.account import AsAgency, Mismatch, Words
from bus.replay.past import Past, Stored
from contracts.privacy.past_reading import PartRead, epochs_as_sealed, has_erased, last_read, past_readers, reading
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part

_TEXTS = {
    "no-key": Words(
        en="The agency may open this, and its key had not come, or is destroyed.",
        sv="Aktören får öppna detta, men nyckeln hade inte kommit, eller är förstörd.",
    ),
    "old-key": Words(
        en="The agency had left the part, and this is sealed under a key that it has.",
        sv="Aktören hade lämnat delen, och detta är förseglat med en nyckel som den har.",
    ),
    "granted": Words(
        en="This agency granted the key, though the rules do not open this to the other one.",
        sv="Den här aktören lämnade ut nyckeln, fast reglerna inte öppnar detta för den andra.",
    ),
}


def as_agency(past: Past, agency: AgencyId) -> AsAgency:
    """What an agency could read at the last version of a past."""
    case, stored = past.case, past.stored
    parts = reading(past.views, agency, stored.lies_in)
    here = agency == stored.agency
    found = _own(past, parts) if here else _of_another(past, agency, parts)
    reads = {each.part for each in parts if each.reads}
    return AsAgency(
        agency=agency,
        takes_part=case.state.takes_part(agency),
        erased=has_erased(case.state, agency),
        here=here,
        parts=parts,
        not_shown=tuple(sorted(reads - open_here(past))),
        mismatches=tuple(sorted(found, key=lambda each: (each.version, each.part))),
    )


def open_here(past: Past) -> frozenset[Part]:
    """The parts that this store shows of the case at the stop: the core, and those that its own agency read then."""
    return frozenset() if past.case.unreadable else past.case.parts | {Part.CORE}


def _own(past: Past, parts: Sequence[PartRead]) -> Iterator[Mismatch]:
    """Compare the rules with the keys that the store holds."""
    lawful = {(version, each.part) for each in parts for version in each.opens}
    readable = past.case.state.version  # beyond it, nobody here knows what the rules say
    for version, part in _sealed(past.stored, min(readable, len(past.events))):
        if (version, part) in lawful and not past.opens(version, part):
            yield _mismatch("no-key", version, part)
        elif (version, part) not in lawful and past.opens(version, part) and _left(parts, part, version):
            yield _mismatch("old-key", version, part)


def _of_another(past: Past, agency: AgencyId, parts: Sequence[PartRead]) -> Iterator[Mismatch]:
    """Compare the rules with the epochs as sealed, and with the grants of this store's agency."""
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


def _sealed(stored: Stored, version: int) -> Iterator[tuple[int, Part]]:
    for each in range(1, version + 1):
        for part in Part:
            if stored.kid(each, part) is not None:
                yield each, part


def _left(parts: Sequence[PartRead], part: Part, version: int) -> bool:
    """Whether the agency was a reader of a part, and no longer one at the version of an event."""
    return any(each.part is part and not each.reads and each.last < version for each in parts)


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
