"""The labels of everything that any country shares."""

from __future__ import annotations

from typing import Final

from contracts.labels import directory
from contracts.labels.events import EVENT_WORDS
from contracts.labels.fields import FIELDS
from contracts.labels.values import VALUES
from contracts.labels.words import Labels

SHARED: Final = Labels(EVENT_WORDS, FIELDS, VALUES).with_more(
    Labels(directory.EVENT_WORDS, directory.FIELDS, directory.VALUES)
)
