"""The receipt for the victim: what is recorded, by whom, how she takes back a consent, and whom to call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from html import escape
from typing import Final

from contracts.calendar.days import swedish_day
from contracts.event.fact import Fact
from contracts.privacy.reading_report import DATA_CLASSES, PURPOSES
from contracts.view.case_view import CaseView
from contracts.view.parts.consent import Consent
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.wording import Wording


class HerReceipt(Fact):
    """A receipt in plain words.

    Attributes:
        title: its title.
        recorded: what is recorded about her, and by whom.
        rights: how she takes back a consent, and whom she may call.
        code: the code, in groups of four.
    """

    title: Wording
    recorded: tuple[Wording, ...]
    rights: tuple[Wording, ...]
    code: str


def her_receipt(
    case: CaseView, code: str, valid_until: date, hotline: str, name_of: Callable[[AgencyId], str]
) -> HerReceipt:
    """The receipt of a case. `hotline`: the number. `name_of`: the name of an agency."""
    return HerReceipt(
        title=_TITLE,
        recorded=(*_opened(case, name_of), *_consents(case, name_of), *_refusals(case)),
        rights=(
            _TAKE_BACK,
            Wording(
                f"The code is good until {valid_until}. Whoever has it can take back your yes; nobody can read "
                "anything about you with it.",
                f"Koden gäller till och med {valid_until}. Den som har den kan ta tillbaka ditt ja; ingen kan läsa "
                "något om dig med den.",
            ),
            Wording(
                f"Questions: {hotline}. In danger: 112.",
                f"Frågor: {hotline}. Vid fara: 112.",
            ),
        ),
        code=code,
    )


def printed_receipt(receipt: HerReceipt, *, swedish: bool) -> str:
    """The receipt as plain text for printing."""
    title, recorded, rights = _in(receipt, swedish=swedish)
    return "\n".join((title, "", *recorded, "", *rights, "", f"    {receipt.code}", ""))


def page_of_receipt(receipt: HerReceipt, *, swedish: bool) -> str:
    """The receipt as a page of HTML for printing. It loads nothing."""
    title, recorded, rights = (
        [escape(line) for line in lines] if isinstance(lines, list) else escape(lines)
        for lines in _in(receipt, swedish=swedish)
    )
    items = "".join(f"<li>{line}</li>" for line in recorded)
    paragraphs = "".join(f"<p>{line}</p>" for line in rights)
    return (
        f'<!doctype html><html lang="{"sv" if swedish else "en"}"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><main><h1>{title}</h1><ul>{items}</ul>{paragraphs}"
        f"<p><strong>{escape(receipt.code)}</strong></p></main></body></html>\n"
    )


def _in(receipt: HerReceipt, *, swedish: bool) -> tuple[str, list[str], list[str]]:
    def words(one: Wording) -> str:
        return one.sv if swedish else one.en

    return words(receipt.title), list(map(words, receipt.recorded)), list(map(words, receipt.rights))


def _opened(case: CaseView, name_of: Callable[[AgencyId], str]) -> Iterator[Wording]:
    opener = next((each for each in case.participants if each.agency == case.opened_by), None)
    if opener is not None:
        on, who = swedish_day(opener.since), name_of(opener.agency)
        yield Wording(
            f"On {on}, {who} opened a case so that you can get help.",
            f"Den {on} öppnade {who} ett ärende för att du ska få hjälp.",
        )


def _consents(case: CaseView, name_of: Callable[[AgencyId], str]) -> Iterator[Wording]:
    for consent in case.consents:
        who = ", ".join(map(name_of, consent.recipients))
        why = [PURPOSES[purpose] for purpose in consent.purposes]
        details = _details(consent)
        yield Wording(
            f"On {swedish_day(consent.given_at)} you said yes: {who} may be told what they need for "
            f"{', '.join(each.en for each in why)}{details.en}. Your yes ends on {consent.valid_until}.",
            f"Den {swedish_day(consent.given_at)} sa du ja: {who} får veta vad de behöver för "
            f"{', '.join(each.sv for each in why)}{details.sv}. Ditt ja slutar gälla den {consent.valid_until}.",
        )
    if not case.consents:
        yield Wording("You have said yes to no sharing.", "Du har inte sagt ja till att något delas.")


def _details(consent: Consent) -> Wording:
    classes = [DATA_CLASSES[data_class] for data_class in consent.data_classes]
    if not classes:
        return Wording("", "")
    return Wording(
        f", and may read {', '.join(each.en for each in classes)}",
        f", och får läsa {', '.join(each.sv for each in classes)}",
    )


def _refusals(case: CaseView) -> Iterator[Wording]:
    purposes = dict.fromkeys(purpose for refusal in case.refusals for purpose in refusal.purposes)
    if purposes:
        words = [PURPOSES[purpose] for purpose in purposes]
        yield Wording(
            f"You have said no to sharing for: {', '.join(each.en for each in words)}.",
            f"Du har sagt nej till att dela för: {', '.join(each.sv for each in words)}.",
        )


_TITLE: Final = Wording("A receipt for you", "Ett kvitto till dig")
_TAKE_BACK: Final = Wording(
    "You may take back your yes at any time and need not say why. Show or read out this code to any agency that works "
    "with us. It need not know you.",
    "Du får ta tillbaka ditt ja när som helst och behöver inte säga varför. Visa eller läs upp den här koden för "
    "vilken aktör som helst i samarbetet. Den behöver inte känna dig.",
)
