"""Names and addresses in a free text are suspected: how many of them, how often wrongly, and in what time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from contracts.event.fact import free_texts
from contracts.sweden.suspicions.detector import suspicions_in
from contracts.sweden.suspicions.suspicion import Suspected, Suspicion

TEXTS = Path(__file__).parents[1] / "data" / "free_texts"
MARK = re.compile(r"\[([^]]*)\]|<([^>]*)>")


@dataclass(frozen=True)
class Labelled:
    """A text, and where it holds a name or an address."""

    text: str
    details: tuple[Suspicion, ...]


def read(name: str) -> Iterator[Labelled]:
    """The texts of a file, whose marks are the labels."""
    for line in (TEXTS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        text, details, at = "", [], 0
        for mark in MARK.finditer(line):
            text += line[at : mark.start()]
            inside = mark[1] or mark[2]
            kind = Suspected.PERSON if mark[1] else Suspected.ADDRESS
            details.append(Suspicion(kind, len(text), len(text) + len(inside)))
            text, at = text + inside, mark.end()
        yield Labelled(text + line[at:], tuple(details))


def meets(one: Suspicion, others: tuple[Suspicion, ...]) -> bool:
    """Whether another of its kind shares a character with it."""
    return any(one.kind is other.kind and one.start < other.end and other.start < one.end for other in others)


def measured(texts: list[Labelled], kind: Suspected) -> tuple[float, float]:
    """How many of the details are suspected (recall), and how many of the suspicions are right (precision)."""
    judged = [(one, suspicions_in(one.text)) for one in texts]
    recalled = [meets(d, found) for one, found in judged for d in one.details if d.kind is kind]
    right = [meets(s, one.details) for one, found in judged for s in found if s.kind is kind]
    return sum(recalled) / len(recalled), sum(right) / len(right)


def warned_in_vain(texts: list[Labelled]) -> float:
    """Of the texts without a detail, how many are suspected."""
    harmless = [one for one in texts if not one.details]
    return sum(bool(suspicions_in(one.text)) for one in harmless) / len(harmless)


def test_the_texts_are_many_and_half_are_harmless() -> None:
    """Figures of a few texts would say nothing."""
    swedish, english = ([*read(name), *read(f"hard-{name}")] for name in ("sv", "en"))
    assert len(swedish) >= 200 and len(english) >= 130
    for texts in (swedish, english):
        assert 0.4 < sum(not one.details for one in texts) / len(texts) < 0.6


@pytest.mark.parametrize("unseen", [False, True])
@pytest.mark.parametrize(
    ("language", "kind", "recall", "precision"),
    [
        ("sv", Suspected.PERSON, 0.99, 0.99),
        ("sv", Suspected.ADDRESS, 0.99, 0.99),
        ("en", Suspected.PERSON, 0.96, 0.99),
        ("en", Suspected.ADDRESS, 0.99, 0.99),
    ],
)
def test_names_and_addresses_in_ordinary_sentences_are_suspected(
    unseen: bool, language: str, kind: Suspected, recall: float, precision: float
) -> None:
    """In the texts that the detector was made with, and in every third one, which was set aside until it was made."""
    texts = [one for number, one in enumerate(read(language)) if (number % 3 == 2) is unseen]
    reached = measured(texts, kind)
    assert reached[0] >= recall and reached[1] >= precision, reached
    assert warned_in_vain(texts) == 0


@pytest.mark.parametrize(
    ("language", "recall", "precision", "in_vain"), [("sv", 0.60, 0.92, 0.05), ("en", 0.53, 0.80, 0.14)]
)
def test_what_is_missed_and_mistaken_is_known(language: str, recall: float, precision: float, in_vain: float) -> None:
    """Rare names, small letters, names that are words, and firms and laws that have people's names."""
    texts = list(read(f"hard-{language}"))
    reached = measured(texts, Suspected.PERSON)
    assert reached[0] >= recall and reached[1] >= precision, reached
    assert warned_in_vain(texts) <= in_vain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hon heter Mihaela Dragomirs.", ["Mihaela Dragomirs"]),
        ("tolken Zyxa kom, och hon kallas ibland Qwera", ["Zyxa", "Qwera"]),
        ("Karin Lindqvist bor på Norra Skolgatan 9 B lgh 1203.", ["Karin Lindqvist", "Norra Skolgatan 9 B lgh 1203"]),
        ("Karl Johans gata 3", ["Karl Johans gata 3"]),
        ("SE-118 61 Stockholm", ["SE-118 61 Stockholm"]),
        ("the man named anders", ["anders"]),
        ("Anna-Karin och Jón", ["Anna-Karin"]),
        ("Her name is Qwerta.", ["Qwerta"]),
        ("KARIN LINDQVIST kom", ["KARIN LINDQVIST"]),
        ("Hans Lundgren, Kim Andersson", ["Hans Lundgren", "Kim Andersson"]),
        ("Det var Björn.", ["Björn"]),
    ],
)
def test_the_words_that_are_suspected(text: str, words: list[str]) -> None:
    """Their place is exact."""
    assert [text[one.start : one.end] for one in suspicions_in(text)] == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hans berättelse är densamma. Björn är ett djur. Sten och grus. My är en grekisk bokstav. Alla kom.",
        "Will she come? May and June. Rose gardens. Hope is all. Mark the form.",
        "Region Skåne, Malmö, Migrationsverket, Polisregion Syd, Rädda Barnen och Göteborgs kommun",
        "The Swedish Migration Agency, Umeå Municipality and the Red Cross speak Romanian, Thai and Arabic.",
        "Sankt Görans sjukhus, Astrid Lindgrens barnsjukhus, Victoria Station, Saint Mary's Hospital",
        "lex Sarah och Lex Maria; enligt 5 kap. 11 § SoL",
        "polisen Malmö och tolken Migrationsverket",
        "GRETA, IOM och BUP; E4 och vägen 12 km bort; 14 augusti 2024; 54 000 kronor; 118 platser",
        "This is a class of its own.",
    ],
)
def test_what_is_no_person_is_not_suspected(text: str) -> None:
    """Common words, agencies, places, months, peoples, and hospitals that have a person's name."""
    assert suspicions_in(text) == ()


def test_the_events_of_the_project_are_not_suspected() -> None:
    """Their examples, of which several have a text."""
    events = [event.canonical() for event in (EVENTS | DIRECTORY_EVENTS).values()]
    texts = [text for event in events for _, text in free_texts(event)]
    assert len(texts) > 4
    assert [text for text in texts if suspicions_in(text)] == []


@for_all(
    st.text(alphabet=st.sampled_from("Anna Björn anders och Storgatan 3 12 Baker Street c/o\n.,-'’Åé9"), max_size=300)
)
def test_suspicions_lie_in_the_text_in_order_and_apart(text: str) -> None:
    """Whatever the text."""
    found = suspicions_in(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


HOSTILE = [
    "A",
    "Ab ",
    "1 A ",
    "A-",
    "A'",
    "Aa de ",
    "gata",
    "Väg 1 ",
    "Anna väg 1 ",
    "1 Aa Aa Aa ",
    "c/o a ",
    '"',
    "anders ",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_the_time_is_in_proportion_to_the_length(part: str) -> None:
    """The longest text, and one sixteen times as long, of whatever would make an expression go back and forth."""
    times = []
    for length in (2_000, 32_000):
        text = (part * length)[:length]
        spent = []
        for _ in range(5):
            begun = process_time()
            suspicions_in(text)
            spent.append(process_time() - begun)
        times.append(min(spent))
    assert times[0] < 0.05
    assert times[1] < 16 * 4 * max(times[0], 0.0005)
