"""Consents, without the parts that were withdrawn."""

from __future__ import annotations

from datetime import date, datetime

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import DataClass, Purpose


class Consent(Begun):
    """A consent of the victim, without the parts that were withdrawn."""

    recipients: tuple[AgencyId, ...]
    purposes: tuple[Purpose, ...]
    data_classes: tuple[DataClass, ...]
    given_at: datetime
    valid_until: date

    def in_force(self, on: date) -> bool:
        """True if the consent has not run out on this day; the last day counts."""
        return on <= self.valid_until

    def covers(self, recipient: AgencyId, purpose: Purpose, on: date) -> bool:
        """True if the consent lets the recipient have the case for this purpose on this day; the last day counts."""
        return recipient in self.recipients and purpose in self.purposes and self.in_force(on)
