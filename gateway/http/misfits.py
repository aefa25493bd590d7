"""The plain words for a value that does not fit its schema, in both languages, by the code of what is wrong with it.

None of them repeats the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.event.pii_guard import PersonalDetail
from contracts.vocabulary.wording import Wording

_NUMBER: Final = Wording("This must be a number.", "Det här ska vara ett tal.")
_WHOLE: Final = Wording("This must be a whole number.", "Det här ska vara ett heltal.")
_TEXT: Final = Wording("This must be a text.", "Det här ska vara en text.")
_YES_OR_NO: Final = Wording("This must be true or false.", "Det här ska vara sant (true) eller falskt (false).")
_DAY: Final = Wording("This must be a day, such as 2026-12-10.", "Det här ska vara ett datum, till exempel 2026-12-10.")
_MOMENT: Final = Wording(
    "This must be a moment with its offset from UTC, such as 2026-12-10T09:00:00+01:00.",
    "Det här ska vara en tidpunkt med sin skillnad mot UTC, till exempel 2026-12-10T09:00:00+01:00.",
)
_LIST: Final = Wording("This must be a list.", "Det här ska vara en lista.")
_OBJECT: Final = Wording(
    "This must be an object with named values.", "Det här ska vara ett objekt med namngivna värden."
)
_ONE_OF: Final = Wording("This must be one of: {expected}.", "Det här ska vara ett av: {expected}.")

_WORDS: Final[Mapping[str, Wording]] = {
    "missing": Wording("This is missing.", "Det här saknas."),
    "extra_forbidden": Wording("There is no such value here.", "Det finns inget sådant värde här."),
    "unknown_parameter": Wording(
        "There is no such parameter here. Known: {known}.", "Det finns ingen sådan parameter här. Kända: {known}."
    ),
    "repeated_parameter": Wording("Send each parameter once.", "Skicka varje parameter en gång."),
    "cursor": Wording("This is no cursor of this list.", "Det här är ingen markör (cursor) i den här listan."),
    "period": Wording(
        "This is before the first month, or more than ten years after it.",
        "Det här är före den första månaden, eller mer än tio år efter den.",
    ),
    "not_a_detection": Wording(
        "A case is opened by a detection; send this event to a case.",
        "Ett ärende öppnas med en upptäckt; skicka den här händelsen till ett ärende.",
    ),
    "unknown_event_type": Wording(
        "This must be the name of an event; GET /v1/events lists them.",
        "Det här ska vara namnet på en händelse; GET /v1/events listar dem.",
    ),
    "not_an_address": Wording(
        "This must be an http or https address with a host, without a user and without a fragment.",
        "Det här ska vara en http- eller https-adress med värdnamn, utan användare och utan fragment.",
    ),
    "address_refused": Wording(
        "The service may not send to this address. Its operator allows networks by STAFETT_WEBHOOK_NETWORKS.",
        "Tjänsten får inte skicka till den här adressen. Driften tillåter nät med STAFETT_WEBHOOK_NETWORKS.",
    ),
    "https_needed": Wording("The whole content is sent over https alone.", "Hela innehållet skickas bara med https."),
    "object_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "enum": _ONE_OF,
    "literal_error": _ONE_OF,
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": Wording(
        "This must have at least {min_length} characters.", "Det här ska ha minst {min_length} tecken."
    ),
    "string_too_long": Wording(
        "This may have at most {max_length} characters.", "Det här får ha högst {max_length} tecken."
    ),
    "string_pattern_mismatch": Wording("This must have the form {pattern}.", "Det här ska ha formen {pattern}."),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than": Wording("This must be more than {gt}.", "Det här ska vara mer än {gt}."),
    "greater_than_equal": Wording("This must be at least {ge}.", "Det här ska vara minst {ge}."),
    "less_than": Wording("This must be less than {lt}.", "Det här ska vara mindre än {lt}."),
    "less_than_equal": Wording("This may be at most {le}.", "Det här får vara högst {le}."),
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": _MOMENT,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "too_short": Wording("This must have at least {min_length} entries.", "Det här ska ha minst {min_length} poster."),
    "too_long": Wording("This may have at most {max_length} entries.", "Det här får ha högst {max_length} poster."),
    "personal_details": Wording(
        "The text seems to hold a personal detail: {detail}. Write it without.",
        "Texten verkar innehålla en personuppgift: {detail}. Skriv den utan.",
    ),
    "unseen_character": Wording(
        "The text holds {character}, which readers do not see. Write it without.",
        "Texten innehåller {character}, som läsare inte ser. Skriv den utan.",
    ),
}

_SWEDISH: Final[Mapping[str, str]] = {
    " or ": " eller ",
    "the character ": "tecknet ",
    str(PersonalDetail.IDENTITY_NUMBER): "personnummer",
    str(PersonalDetail.COORDINATION_NUMBER): "samordningsnummer",
    str(PersonalDetail.E_MAIL): "e-postadress",
    str(PersonalDetail.PHONE): "telefonnummer",
}
"""The Swedish for the words in what pydantic and our guard give with an error."""

_OF_RULES: Final[Mapping[str, Wording]] = {
    "a no has a reason, and a yes has none": Wording(
        "A no has a reason, and a yes has none.", "Ett nej har ett skäl, och ett ja har inget."
    ),
    "a no promises no services": Wording("A no promises no services.", "Ett nej utlovar inga insatser."),
    "ends before it starts": Wording("This ends before it starts.", "Det här slutar innan det börjar."),
    "the last day does not fit the outcome": Wording(
        "The last day does not fit the outcome.", "Den sista dagen passar inte utfallet."
    ),
    "the municipality does not lie in the region": Wording(
        "The municipality does not lie in the region.", "Kommunen ligger inte i regionen."
    ),
    "what is urgent is among the needs": Wording(
        "Each urgent service must be among the needs.", "Varje brådskande insats ska finnas bland behoven."
    ),
    "a duplicate names the other case, and nothing else does": Wording(
        "Name the other case when this one is a duplicate, and only then.",
        "Ange det andra ärendet när det här är en dubblett, och bara då.",
    ),
    "what is said has no form to sign": Wording(
        "An oral consent has no signed form.", "Ett muntligt samtycke har ingen undertecknad blankett."
    ),
    "the deadline has been reminded of": Wording(
        "The deadline has been reminded of.", "Tidsfristen har redan påmints om."
    ),
    "a return and a transfer name a country, an interview names none": Wording(
        "Name a country for a return or a transfer, and none for an interview.",
        "Ange ett land för ett återvändande eller en överföring, och inget för ett samtal.",
    ),
    "an alternative is named twice": Wording("Name each alternative once.", "Ange varje alternativ en gång."),
    "a service has one result": Wording("Name each service once.", "Ange varje insats en gång."),
    "the municipality lies in another county": Wording(
        "The municipality lies in another county.", "Kommunen ligger i ett annat län."
    ),
    "the year is not from 1900 to 2200": Wording(
        "The year must be from 1900 to 2200.", "Året ska vara från 1900 till 2200."
    ),
    "the year in UTC is not from 1900 to 2200": Wording(
        "The year must be from 1900 to 2200.", "Året ska vara från 1900 till 2200."
    ),
    "no such number: its date or check digit is wrong": Wording(
        "There is no such number: its date or check digit is wrong.",
        "Det finns inget sådant nummer: datumet eller kontrollsiffran är fel.",
    ),
    "the key id is not that of the public key": Wording(
        "The key id is not that of the public key.", "Nyckelns id är inte den publika nyckelns."
    ),
    "a signing key takes key_id, public_key and replaces together": Wording(
        "A signing key takes key_id, public_key and replaces together.",
        "En signeringsnyckel kräver key_id, public_key och replaces tillsammans.",
    ),
    "an agency is no delegate of itself": Wording(
        "An agency cannot be its own delegate.", "En aktör kan inte ta emot åt sig själv."
    ),
    "the number is that of a delegate": Wording(
        "The number belongs to a delegate, and none is named.",
        "Numret hör till den som tar emot, och ingen är angiven.",
    ),
    "no key is rotated": Wording("No key is replaced.", "Ingen nyckel byts ut."),
}
"""By the message of a ValueError in `contracts`."""

UNKNOWN: Final = Wording("This does not fit its schema.", "Det här passar inte sitt schema.")


def in_plain_words(code: str, message: str, context: Mapping[str, Any]) -> Wording:
    """The words for one misfit.

    Args:
        code: pydantic's type of the error, or one of ours.
        message: pydantic's message; of a ValueError, its text.
        context: the bounds that pydantic gives with the error, such as `max_length`.
    """
    if code == "value_error":
        return _OF_RULES.get(message, UNKNOWN)
    words = _WORDS.get(code)
    if words is None:
        return UNKNOWN
    try:
        return Wording(words.en.format_map(context), words.sv.format_map(_in_swedish(context)))
    except KeyError:  # a bound that this version of pydantic does not give
        return UNKNOWN


def _in_swedish(context: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: str(value) for name, value in context.items()}
    for english, swedish in _SWEDISH.items():
        texts = {name: text.replace(english, swedish) for name, text in texts.items()}
    return texts


def misfit(code: str, message: str, context: Mapping[str, Any] | None = None, **where: str) -> dict[str, Any]:
    """A member of `errors` in a problem. `where`: `pointer` into the body, or the `parameter` of the query."""
    words = in_plain_words(code, message, context or {})
    return {**where, "detail": message, "code": code, "text": {"en": words.en, "sv": words.sv}}
