"""The texts that are explained before a consent: listed once for ever, in both languages, and proposed by the form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from contracts.chapters.consent import ConsentGiven
from contracts.directory.view import DirectoryView
from contracts.event.case_event import Provenance
from contracts.sweden.consent_texts import CONSENT_TEXTS, ConsentText, proposed_on
from contracts.sweden.guidance.actions import actions
from contracts.testing.canonical_cases import CANONICAL_CASE
from contracts.testing.example_ids import NGO, event_id
from contracts.testing.given_when_then import given
from contracts.vocabulary.agencies import AgencyKind, Role

PUBLISHED = {"consent-2026-1": "acdc82167fd690ac1d0a875fd00d8ca333d7f59c9b8697d0c0f56aa132f371fb"}
"""The digest of each text that was ever listed."""


def digest(text: ConsentText) -> str:
    """What shows that a text is as it was when somebody heard it."""
    return sha256(text.model_dump_json().encode()).hexdigest()


def test_a_listed_text_never_changes() -> None:
    """A consent names it for ever: a better wording gets another id."""
    assert {text.id: digest(text) for text in CONSENT_TEXTS} == PUBLISHED


def test_texts_are_whole_in_both_languages() -> None:
    """And the oldest comes first."""
    for text in CONSENT_TEXTS:
        for words in (text.title, *text.paragraphs):
            assert words.en.strip() and words.sv.strip() and words.en != words.sv
    assert [text.since for text in CONSENT_TEXTS] == sorted(text.since for text in CONSENT_TEXTS)


@pytest.mark.parametrize(("days", "proposed"), [(-1, None), (0, CONSENT_TEXTS[0].id), (9999, CONSENT_TEXTS[-1].id)])
def test_the_newest_of_its_day_is_proposed(days: int, proposed: str | None) -> None:
    """None before there was one."""
    found = proposed_on(CONSENT_TEXTS[0].since + timedelta(days=days))
    assert (None if found is None else found.id) == proposed


def test_the_form_proposes_the_text_and_the_persons_language() -> None:
    """So that whoever asks for consent records both without looking anything up."""
    by = Provenance(event_id(900), NGO, AgencyKind.NGO, datetime(2026, 12, 2, 9, tzinfo=UTC))
    case = given(*CANONICAL_CASE[:1]).case
    (consent,) = actions(case, {ConsentGiven: Role.CASEWORKER}, by, DirectoryView())
    defaults = {field.name: field.default for field in consent.fields}
    text = proposed_on(date(2026, 12, 2))
    assert text is not None
    assert (defaults["explained_text"], defaults["explained_in"]) == (text.id, case.language)
    assert case.language is not None
