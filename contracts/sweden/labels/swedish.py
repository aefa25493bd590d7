"""Every label that a service in Sweden needs: those that any country shares, and those of what only Sweden has."""

from __future__ import annotations

from typing import Final

from contracts.labels.shared import SHARED
from contracts.labels.words import Labels
from contracts.sweden.labels import answers, proceedings
from contracts.sweden.labels.events import EVENT_WORDS
from contracts.sweden.labels.fields import FIELDS
from contracts.sweden.labels.values import VALUES

LABELS: Final = (
    SHARED.with_more(Labels(EVENT_WORDS, FIELDS, VALUES))
    .with_more(Labels(proceedings.EVENT_WORDS, proceedings.FIELDS, proceedings.VALUES))
    .with_more(Labels(answers.EVENT_WORDS, answers.FIELDS, answers.VALUES))
)
