"""The form and the pages for an agency outside the bus: plain HTML without scripts, and plain text.

Every value is escaped. The headers let a page load nothing, be kept nowhere, be found by no search engine, be shown in
no frame, and tell no other site where its reader came from.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from html import escape
from typing import Final

from starlette.responses import Response

from contracts.chapters.external_referral import AnsweredBy, ExternalAnswer
from contracts.chapters.referral import DeclineReason
from contracts.privacy.offer_preview import Preview
from contracts.sweden.guidance.offer_in_words import Line, moment_in_words
from contracts.sweden.labels.swedish import LABELS
from contracts.vocabulary.wording import Wording
from gateway.outside import words

_STYLE: Final = (
    "body{font:1rem/1.5 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "th{text-align:left;padding-right:1rem;vertical-align:top}fieldset{margin:1rem 0}label{display:block}"
    ".code{font:bold 1.5rem monospace}.wrong{color:#a00;font-weight:bold}a{color:#00f;overflow-wrap:anywhere}"
)
_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@dataclass(frozen=True)
class Request:
    """An offer as a form or a page tells it.

    Attributes:
        preview: the facts that may be shown.
        lines: these facts in words.
        referrer: the name of the agency that asks.
        recipient: the name of the agency that is asked.
        phone: the number of the agency that asks; None: none is known.
        swedish: True: in Swedish; False: in English.
    """

    preview: Preview
    lines: tuple[Line, ...]
    referrer: str
    recipient: str
    phone: str | None
    swedish: bool

    def say(self, words: Wording) -> str:
        """Words in the language of the page, with the names of the two agencies filled in."""
        text = words.sv if self.swedish else words.en
        names = {"{referrer}": self.referrer, "{recipient}": self.recipient, "{phone}": self.phone or ""}
        for slot, name in names.items():
            text = text.replace(slot, name)
        return text

    @property
    def intro(self) -> tuple[str, ...]:
        """The sentences before the facts."""
        call = (words.CALL,) if self.phone else ()
        return tuple(map(self.say, (words.ASKS, words.NO_DETAILS, *call, words.IN_DANGER)))


def page(title: str, body: str, *, swedish: bool, status: int = 200) -> Response:
    """A whole page. `title` is escaped here; `body` is HTML."""
    language = "sv" if swedish else "en"
    text = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex,nofollow">'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = {**HEADERS, "Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(text, status, headers, "text/html; charset=utf-8")


def over(*, swedish: bool) -> Response:
    """The page of a link that is not good, whyever: it tells nobody whether it ever was."""
    title, why = (each.sv if swedish else each.en for each in (words.OVER, words.OVER_BECAUSE))
    return page(title, f"<p>{escape(why)}</p>", swedish=swedish, status=404)


def told(asked: Request, title: Wording, text: Wording, status: int = 200) -> Response:
    """A page that only says something."""
    return page(asked.say(title), f"<p>{escape(asked.say(text))}</p>", swedish=asked.swedish, status=status)


def answer_page(asked: Request, wrong: Wording | None = None, status: int = 200) -> Response:
    """The page on which the recipient reads the offer and answers. `wrong`: why the answer was not taken."""
    say, preview = asked.say, asked.preview
    alert = "" if wrong is None else f'<p class="wrong" role="alert">{escape(say(wrong))}</p>'
    other = f'<p><a href="?language={"en" if asked.swedish else "sv"}">{escape(say(words.OTHER_LANGUAGE))}</a></p>'
    services = "".join(
        f'<label><input type="checkbox" name="services" value="{escape(each)}" checked> {escape(say(label))}</label>'
        for each, label in _labelled(preview.services)
    )
    body = (
        f"{other}{alert}{_paragraphs(asked.intro)}{_table(asked)}"
        f'<form method="post" autocomplete="off"><fieldset><legend>{escape(say(words.ANSWER))}</legend>'
        f"{_radio(ExternalAnswer.ACCEPTED, say(words.YES))}{_radio(ExternalAnswer.DECLINED, say(words.NO))}</fieldset>"
        + (f"<fieldset><legend>{escape(say(words.WHICH_SERVICES))}</legend>{services}</fieldset>" if services else "")
        + _select(asked, "reason", words.WHY_NOT, DeclineReason)
        + _select(asked, "answered_by", words.WHO_ANSWERS, AnsweredBy)
        + f'<label>{escape(say(words.CODE))} <input name="code" maxlength="20" required></label>'
        f"<p>{escape(say(words.CODE_HINT))}</p><button>{escape(say(words.SEND))}</button></form>"
    )
    return page(say(words.TITLE), body, swedish=asked.swedish, status=status)


def printed_page(asked: Request, code: str, link: str | None) -> Response:
    """The form to print."""
    say = asked.say
    at = "" if link is None else f'<p>{escape(say(words.ANSWER_AT))}: <a href="{escape(link)}">{escape(link)}</a></p>'
    boxes = "".join(f"<p>{escape(line)}</p>" for line in _to_tick(asked))
    body = (
        f"{_paragraphs(asked.intro)}{_table(asked)}{at}"
        f'<p>{escape(say(words.CODE))}: <span class="code">{escape(code)}</span></p>'
        f"<p>{escape(say(words.GIVE_THE_CODE))}</p>{boxes}"
    )
    return page(say(words.TITLE), body, swedish=asked.swedish)


def printed_text(asked: Request, code: str, link: str | None) -> Response:
    """The form as plain text."""
    say = asked.say
    facts = (f"{say(label)}: {say(value)}" for label, value in asked.lines)
    at = () if link is None else (f"{say(words.ANSWER_AT)}: {link}",)
    coded = (f"{say(words.CODE)}: {code}", say(words.GIVE_THE_CODE))
    parts = ((say(words.TITLE).upper(),), asked.intro, facts, (*at, *coded), _to_tick(asked))
    text = "\n\n".join("\n".join(part) for part in parts) + "\n"
    headers = {**HEADERS, "Content-Language": "sv" if asked.swedish else "en", "Vary": "Accept, Accept-Language"}
    return Response(text, 200, headers, "text/plain; charset=utf-8")


def _to_tick(asked: Request) -> tuple[str, ...]:
    """The lines of the paper on which the recipient answers."""
    say, box = asked.say, "[  ]"
    reasons = " ".join(f"{box} {say(label)}" for _, label in _labelled(DeclineReason))
    functions = " ".join(f"{box} {say(label)}" for _, label in _labelled(AnsweredBy))
    by = f"{say(words.ANSWER_BY)}: {say(moment_in_words(asked.preview.respond_by))}"
    return (
        f"{box} {say(words.YES)}",
        f"{box} {say(words.NO)}",
        f"{say(words.WHY_NOT)}: {reasons}",
        f"{say(words.WHO_ANSWERS)}: {functions}",
        by,
    )


def _labelled(values: Iterable[StrEnum]) -> tuple[tuple[str, Wording], ...]:
    return tuple((each.value, LABELS.value(each)) for each in values)


def _paragraphs(sentences: Iterable[str]) -> str:
    return "".join(f"<p>{escape(each)}</p>" for each in sentences)


def _table(asked: Request) -> str:
    say = asked.say
    rows = (f"<tr><th>{escape(say(label))}</th><td>{escape(say(value))}</td></tr>" for label, value in asked.lines)
    return f"<table>{''.join(rows)}</table>"


def _radio(value: ExternalAnswer, label: str) -> str:
    return f'<label><input type="radio" name="answer" value="{value}" required> {escape(label)}</label>'


def _select(asked: Request, name: str, label: Wording, values: type[StrEnum]) -> str:
    say = asked.say
    options = "".join(f'<option value="{value}">{escape(say(said))}</option>' for value, said in _labelled(values))
    first = f'<option value="">{escape(say(words.CHOOSE))}</option>'
    return f'<label>{escape(say(label))} <select name="{name}">{first}{options}</select></label>'
