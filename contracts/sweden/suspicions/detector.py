"""Finds what may be a person's name or a street address in a free text, in Swedish or English.

It guesses: it takes a village for a surname, and misses a name that it has never seen. So it may warn a writer, and no
decision may rest on it; what all replicas must judge alike is refused by `contracts.event.pii_guard`. It looks at each
character a bounded number of times, so its time is in proportion to the text's length.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from contracts.sweden.suspicions.suspicion import Suspected, Suspicion
from contracts.sweden.suspicions.words import (
    AFTER_PLACES,
    BETWEEN,
    INSTITUTIONS,
    NAMING,
    NO_NAME_ENDS,
    NO_NAMES,
    OF_PLACES,
    PARTICLES,
    RELATIONS,
    SPEAKING,
    STATING,
    STREET_ENDS,
    STREETS,
    SURNAME_ENDS,
)

_NAMES: Final = Path(__file__).parent / "data" / "names.csv"


def _read() -> Iterator[tuple[str, str, str]]:
    """Each name, its kind, and the evidence that it takes: see the README beside the file."""
    with _NAMES.open(encoding="utf-8", newline="") as file:
        yield from ((name, kind, alone) for name, kind, alone in csv.reader(file))


_ROWS: Final = tuple(_read())
_GIVEN: Final = frozenset(name for name, kind, _ in _ROWS if kind == "given")
_SURNAMES: Final = frozenset(name for name, kind, _ in _ROWS if kind == "surname")
_SURNAMES_ALONE: Final = frozenset(name for name, kind, alone in _ROWS if kind == "surname" and alone != "never")
_KNOWN: Final = _GIVEN | _SURNAMES | NO_NAMES
_ALONE: Final = frozenset(name for name, _, alone in _ROWS if alone in ("always", "capital"))
_INSIDE: Final = frozenset(name for name, _, alone in _ROWS if alone == "inside")
_SMALL: Final = frozenset(name.lower() for name, _, alone in _ROWS if alone == "always")

_CAPITALS: Final = "".join(char for char in map(chr, range(0x250)) if char.isupper())
_CAPITALISED: Final = re.compile(rf"(?<![\w])[{_CAPITALS}][^\W\d_]*(?:[-'’][^\W\d_]+)*")
_SMALL_WORD: Final = re.compile(r"(?<![\w'’-])[^\W\d_]{4,}")
_NO_NAME: Final = re.compile(r"[^\w'’-]")
_INNER: Final = re.compile(r"[-'’]")
_JOINED: Final = frozenset({" ", "\u00a0"} | {f" {particle} " for particle in PARTICLES})
_OPENING: Final = " -*•\"”“'’("
_ENDS: Final = (*".!?\n", "")
_REACH: Final = 40
"""How many characters before and after a name are looked at."""

_HOUSE: Final = re.compile(r"(?<=[^\W\d_]) [0-9]{1,4}(?: ?[A-Ha-h]\b|\b)(?:,? lgh [0-9]{4}\b)?")
_POSTCODE: Final = re.compile(rf"(?<![\w-])(?:SE?-)?[0-9]{{3}} ?[0-9]{{2}} {{1,2}}[{_CAPITALS}][^\W\d_]+")
_BOX: Final = re.compile(r"\b(?:P\.?O\.? ?)?[Bb]ox [0-9]{1,5}\b|\bc/o [^\W\d_]+")
_ENGLISH: Final = re.compile(
    rf"\b[0-9]{{1,4}}[A-Za-z]?,? (?:[{_CAPITALS}][^\W\d_]{{0,30}}(?:['’]s)? ){{1,3}}(?:{'|'.join(STREETS)})\b"
    rf"|\b[{_CAPITALS}][^\W\d_]{{0,30}}(?:['’]s)? (?:{'|'.join(STREETS)}) [0-9]{{1,4}}[A-Za-z]?\b"
    r"|\b[Ff]lat [0-9]{1,4}\b"
)
_ENGLISH_POSTCODE: Final = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}\b")
_DIGIT: Final = re.compile(r"[0-9]")


def suspicions_in(text: str) -> tuple[Suspicion, ...]:
    """What in the text may be a personal detail, in the order of the text; no two overlap."""
    addresses = list(_addresses(text)) if _DIGIT.search(text) or "c/o" in text else []
    taken = bytearray(len(text) if addresses else 0)
    for one in addresses:
        taken[one.start : one.end] = b"1" * (one.end - one.start)
    persons = [one for one in _persons(text) if not any(taken[one.start : one.end])]
    return tuple(sorted([*addresses, *persons], key=lambda one: one.start))


def _addresses(text: str) -> Iterator[Suspicion]:
    """The addresses; parts of one that touch are one."""
    found = [(_street_begins(text, match.start()), match.end()) for match in _HOUSE.finditer(text)]
    for pattern in (_POSTCODE, _BOX, _ENGLISH, _ENGLISH_POSTCODE):
        found += [match.span() for match in pattern.finditer(text)]
    found.sort()
    begun: tuple[int, int] | None = None
    for start, end in found:
        if start < 0:
            continue
        if begun is not None and start - begun[1] <= 2:
            begun = begun[0], max(end, begun[1])
            continue
        if begun is not None:
            yield Suspicion(Suspected.ADDRESS, *begun)
        begun = start, end
    if begun is not None:
        yield Suspicion(Suspected.ADDRESS, *begun)


def _street_begins(text: str, end: int) -> int:
    """Where the name of a Swedish street begins that ends here; -1 if none does."""
    *others, last = _NO_NAME.split(text[max(0, end - _REACH) : end])
    if not last.lower().endswith(STREET_ENDS):
        return -1
    begins = end - len(last)
    named = last[:1].isupper()
    for word in reversed(others):
        if not word[:1].isupper():
            break
        named = True
        begins -= len(word) + 1
    return begins if named else -1


def _persons(text: str) -> Iterator[Suspicion]:
    run: list[re.Match[str]] = []
    for match in _CAPITALISED.finditer(text):
        if run and text[run[-1].end() : match.start()] not in _JOINED:
            yield from _person_in(text, run)
            run = []
        run.append(match)
    if run:
        yield from _person_in(text, run)
    words = _SMALL_WORD.findall(text)
    if not _SMALL.isdisjoint(words):
        for match in _SMALL_WORD.finditer(text):
            if match[0] in _SMALL:
                yield Suspicion(Suspected.PERSON, *match.span())


def _person_in(text: str, run: list[re.Match[str]]) -> Iterator[Suspicion]:
    """The person whose name some words of a run of capitalised words may be."""
    first, last = run[0].start(), run[-1].end()
    before = text[max(0, first - _REACH) : first].rstrip(_OPENING)
    opens = before[-1:] in _ENDS
    announced, of_a_place = (False, False) if opens else _told_by(before)
    words = [_bare(match[0], shouted=len(run) > 1) for match in run]
    for at, word in enumerate(words):
        small = word.lower()
        if small in RELATIONS or small in NAMING:
            announced = True
            continue
        if _is_name(words, at, announced, text[last : last + _REACH], inside=at > 0 or not opens):
            if not of_a_place and not _is_institution(words, text[last : last + _REACH]):
                yield Suspicion(Suspected.PERSON, run[at].start(), last)
            return
        announced = False


def _told_by(before: str) -> tuple[bool, bool]:
    """Whether what stands before a word announces a name, and whether it begins the name of a place."""
    earlier, _, word = before.lower().rstrip(",:").rpartition(" ")
    if word in BETWEEN or word in STATING:
        return earlier.rpartition(" ")[2] in NAMING, False
    return word in RELATIONS or word in NAMING, word in OF_PLACES


def _is_institution(words: list[str], following: str) -> bool:
    """Whether the words, or what follows them, belong to the name of an institution."""
    smalls = {word.lower() for word in words}
    return _next(following) in AFTER_PLACES or not (smalls.isdisjoint(INSTITUTIONS) and smalls.isdisjoint(OF_PLACES))


def _next(following: str) -> str:
    """The word that follows at once, in small letters."""
    return following[1:].partition(" ")[0].rstrip(".,;:!?").lower() if following[:1] == " " else ""


def _is_name(words: list[str], at: int, announced: bool, following: str, *, inside: bool) -> bool:
    """Whether the word begins a name: known as one by itself, by the word after it, or by the word before.

    Args:
        words: a run of capitalised words.
        at: which of them.
        announced: a word before it announces a name.
        following: what follows the run.
        inside: the word does not open a sentence, so it is for another reason that it has a capital letter.
    """
    word = words[at]
    if word in NO_NAMES or word.endswith(NO_NAME_ENDS):
        return False
    if word in _ALONE or _ends_like_a_surname(word) or (inside and word in _INSIDE):
        return True
    if at + 1 < len(words):
        other = words[at + 1]
        if word in _GIVEN and other in _SURNAMES:
            return True
        if (inside or word in _GIVEN) and (other in _SURNAMES_ALONE or _ends_like_a_surname(other)):
            return True
    elif word in _GIVEN and _next(following) in SPEAKING:
        return True
    return announced and len(word) > 2 and not word.isupper()


def _ends_like_a_surname(word: str) -> bool:
    return len(word) > 6 and word.endswith(SURNAME_ENDS)


def _bare(word: str, *, shouted: bool) -> str:
    """The word as lists have it: the first part of a double name, without a genitive's ending.

    shouted: a word in capital letters may be a name, and is no abbreviation.
    """
    if not word.isalpha():
        word = _INNER.split(word, maxsplit=1)[0]
    if shouted and word.isupper():
        word = word.title()
    if word.endswith("s") and word not in _KNOWN:
        stem = word[:-1]
        if stem in _KNOWN or _ends_like_a_surname(stem):
            return stem
    return word
