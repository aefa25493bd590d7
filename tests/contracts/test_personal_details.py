"""Free text refuses personal details: it finds them by their form, names their field, and never repeats them."""

import json
import unicodedata

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from contracts.errors import InvalidEventError
from contracts.event.case_event import EVENTS
from contracts.event.fact import free_texts
from contracts.event.pii_guard import PersonalDetail, personal_detail_in, without_personal_details
from contracts.event.upcasting import read_event

# Skatteverket's published test numbers, or numbers that nobody can have.
PERSONAL = {
    "811228-9874": PersonalDetail.IDENTITY_NUMBER,
    "born 19811228-9874, female": PersonalDetail.IDENTITY_NUMBER,
    "198112289874": PersonalDetail.IDENTITY_NUMBER,
    "8112289874": PersonalDetail.IDENTITY_NUMBER,
    "811228 9874": PersonalDetail.IDENTITY_NUMBER,
    "811228+9874": PersonalDetail.IDENTITY_NUMBER,
    "81 12 28 9874": PersonalDetail.IDENTITY_NUMBER,
    "1981-12-28-9874": PersonalDetail.IDENTITY_NUMBER,
    "８１１２２８－９８７４": PersonalDetail.IDENTITY_NUMBER,
    "811228–9874": PersonalDetail.IDENTITY_NUMBER,
    "811228-98\u200b74": PersonalDetail.IDENTITY_NUMBER,
    "8\ufe0f1\ufe0f1228-98\u20e374": PersonalDetail.IDENTITY_NUMBER,
    "٨١١٢٢٨-٩٨٧٤": PersonalDetail.IDENTITY_NUMBER,
    "🯸🯱🯱🯲🯲🯸-🯹🯸🯷🯴": PersonalDetail.IDENTITY_NUMBER,
    "000101-0107": PersonalDetail.IDENTITY_NUMBER,
    "701063-2391": PersonalDetail.COORDINATION_NUMBER,
    "19701063-2391": PersonalDetail.COORDINATION_NUMBER,
    "maria@example.org": PersonalDetail.E_MAIL,
    "write to maria.k@mail.example.se.": PersonalDetail.E_MAIL,
    "Call 070-123 45 67": PersonalDetail.PHONE,
    "0701234567": PersonalDetail.PHONE,
    "+46 70 123 45 67": PersonalDetail.PHONE,
    "0046701234567": PersonalDetail.PHONE,
    "08-123 456 78": PersonalDetail.PHONE,
    "(08) 123 45 67": PersonalDetail.PHONE,
    "0480-123 45": PersonalDetail.PHONE,
    "0739 12 34 56": PersonalDetail.PHONE,
    "+40 21 312 3456": PersonalDetail.PHONE,
    "+1 (202) 555-0123": PersonalDetail.PHONE,
}

HARMLESS = [
    "",
    "2024-03-04",
    "2024-03-04T13:30:00Z",
    "04-03-2024",
    "08-10-2024 and 08/10/2024",
    "0830-1630",
    "08.30-16.30",
    "open 08:30-16:30, 0,75 of a post",
    "54000 kr, 54 000 000 kr, 1 000 000 000",
    "12.345.678",
    "B 1234-24",
    "5000-K123456-24",
    "dnr 10.1.2-12345/2024",
    "0180 0127",
    "municipality-0180 and ngo-fyren",
    "018e0a00-0000-7000-8000-000000000016",
    "Call the hotline: 020-390 000 or +46 20 390 000",
    "0771-235 235",
    "114 14, in danger 112",
    "between 8 and 16, some 12-14 people",
    "556036-0793",  # an organisation's number
    "811228-9873",  # a wrong check digit
    "811328-9873",  # no such month
    "1234567890123456",
    "at @home; e.g. this@that",
]


@pytest.mark.parametrize(("text", "what"), PERSONAL.items())
def test_personal_details_are_seen(text: str, what: PersonalDetail) -> None:
    """However it is written, and whatever stands around it."""
    assert personal_detail_in(text) is what
    assert personal_detail_in(f"She said: {text}, and left") is what


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_are_left_alone(text: str) -> None:
    """Dates, times, amounts, case numbers and organisations' numbers belong in a note."""
    assert personal_detail_in(text) is None
    assert personal_detail_in(f"Note: {text}, as said") is None


@for_all(st.dates(), st.times())
def test_dates_and_times_are_left_alone(day: object, hour: object) -> None:
    """Any date and any time, in the way of machines."""
    assert personal_detail_in(f"{day} at {hour}") is None


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("\u202e4789-822118", "U+202E"),
        ("left \u2066inside\u2069 right", "U+2066"),
        ("turned \u202aaround\u202c", "U+202A"),
        ("national\u206edigits", "U+206E"),
        ("between\ufff9the\ufffalines\ufffb", "U+FFF9"),
        ("".join(chr(0xE0000 + ord(char)) for char in "811228-9874"), "U+E0038"),
        ("nothing\x00", "U+0000"),
        ("\x1b[2J", "U+001B"),
        ("\x9b2J", "U+009B"),
        ("gone\rback", "U+000D"),
    ],
)
def test_what_a_reader_would_not_see_as_it_is_written_is_refused(text: str, character: str) -> None:
    """The refusal names the character, and nothing of the text."""
    closed = EVENTS["CaseClosed"]
    with pytest.raises(InvalidEventError) as caught:
        read_event(closed.type_name(), json.dumps({**closed.example, "note": text}).encode())
    (error,) = caught.value.errors
    assert (error["loc"], error["type"]) == (("note",), "unseen_character")
    assert error["msg"] == f"The text holds the character {character}, which readers do not see; write it without"


@pytest.mark.parametrize("text", ["two\nlines\r\nand\ta tab", "👩‍👧 hjälp", "می‌خواهد\u200f: كلّ", "zwi\u00adschen"])
def test_what_a_language_needs_is_taken(text: str) -> None:
    """Lines, joiners, marks of direction and soft hyphens do no harm."""
    assert without_personal_details(text) == text


def test_nothing_invisible_hides_a_number() -> None:
    """Whichever control or format character of Unicode stands between its digits, but tabs and ends of lines."""
    hides = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf")]
    assert len(hides) > 200
    for hidden in set(hides) - set("\t\n"):
        with pytest.raises(PydanticCustomError):
            without_personal_details(hidden.join("811228-9874"))


TEXTS = [
    (name, field)
    for name, event in EVENTS.items()
    for field, info in event.model_fields.items()
    if "without_personal_details" in f"{info.annotation!r} {info.metadata!r}"
]


def test_the_texts_are_known() -> None:
    """Every free text in an event is guarded; a new one is found here."""
    assert len(TEXTS) == 24


@pytest.mark.parametrize(("name", "field"), TEXTS)
def test_a_free_text_is_found_in_its_event(name: str, field: str) -> None:
    """By its path, so that a warning can name it."""
    event = EVENTS[name]
    said = read_event(event.type_name(), json.dumps({**event.example, field: "A room."}).encode())
    assert ((field,), "A room.") in list(free_texts(said))


@pytest.mark.parametrize(("name", "field"), TEXTS)
def test_a_refusal_names_the_field_and_not_the_value(name: str, field: str) -> None:
    """Neither the error nor its text repeats what should not have been written."""
    event = EVENTS[name]
    data = json.dumps({**event.example, field: "Her number is 811228-9874."}).encode()
    with pytest.raises(InvalidEventError) as caught:
        read_event(event.type_name(), data)
    (error,) = caught.value.errors
    assert (error["loc"], error["type"]) == ((field,), "personal_details")
    assert error["msg"] == "The text seems to hold a personal identity number; no personal details belong here"
    assert "9874" not in f"{caught.value} {caught.value.errors} {caught.value.__cause__}"


def test_a_goal_of_a_plan_is_guarded_too() -> None:
    """Text inside a list is text."""
    plan = EVENTS["SupportPlanDrafted"]
    aims = [(path, text) for path, text in free_texts(plan.canonical()) if path[0] == "goals"]
    assert aims and all(path == ("goals", number, "aim") for number, (path, _) in enumerate(aims))
    goal = {"service": "legal-support", "responsible": "ngo-fyren", "aim": "Call maria@example.org"}
    with pytest.raises(InvalidEventError) as caught:
        read_event(plan.type_name(), json.dumps({**plan.example, "goals": [goal]}).encode())
    assert caught.value.errors[0]["loc"] == ("goals", 0, "aim")
