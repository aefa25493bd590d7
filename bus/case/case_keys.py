"""Our epoch keys of one part of a case, and how an event changes them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bus.sealing.content import ContentKey
from bus.sealing.keyring import NO_KEYS, Keys


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """Our epoch keys of one part of a case.

    Attributes:
        held: All keys that we hold.
        used: The keys that have opened an event.
        current: The current epoch key: it opened the event that began the epoch. None before the first event.
        since: The time at which that event was recorded, or None.
        rekey_needed: True if a reader was lost since; the next event must begin a new epoch.
    """

    held: Keys = NO_KEYS
    used: Keys = NO_KEYS
    current: ContentKey | None = None
    since: datetime | None = None
    rekey_needed: bool = False

    def after(self, key: ContentKey | None, at: datetime, *, effect: bool, somebody_left: bool) -> CaseKeys:
        """Return the keys after an event that `key` opened.

        A void event begins no epoch, and no event leads back to an earlier one. Otherwise an agency that has left, or
        that never took part, could make the others seal all later events under a key that it knows.
        """
        if key is None or key in self.used:
            return replace(self, rekey_needed=True) if somebody_left else self
        used = (*self.used, key)
        if not effect:
            return replace(self, used=used, rekey_needed=self.rekey_needed or somebody_left)
        return CaseKeys(self.held, used, key, at, somebody_left)
