"""The settings of the door to agencies outside the bus: its public address, and the number on the form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from gateway.settings import SettingsError

_ADDRESS: Final = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|http://127\.0\.0\.1(:[0-9]{1,5})?")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{1,28}[0-9]")


@dataclass(frozen=True)
class OutsideSettings:
    """The settings of one service.

    Attributes:
        address: the origin under which agencies outside the bus reach this service; None: there are no links.
        phone: the number that the form states; None: it states none.
    """

    address: str | None = None
    phone: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `STAFETT_ANSWER_ADDRESS` and `STAFETT_ANSWER_PHONE`. Raises SettingsError for a bad value."""
        address, phone = environment.get("STAFETT_ANSWER_ADDRESS", ""), environment.get("STAFETT_ANSWER_PHONE", "")
        if address and not _ADDRESS.fullmatch(address):
            raise SettingsError("STAFETT_ANSWER_ADDRESS must be an origin, such as https://answers.example.se")
        if phone and not _PHONE.fullmatch(phone):
            raise SettingsError("STAFETT_ANSWER_PHONE must be a phone number, such as +46 8 123 45 67")
        return cls(address or None, phone or None)
