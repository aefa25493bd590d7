"""The coordinator's hotline for professionals: when it is open, and when it opens next (R13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from contracts.calendar.days import SWEDISH_TIME
from contracts.calendar.working_days import is_working_day, name_of_holiday, next_working_day
from contracts.law.rule import REFERRAL_AND_ASSISTANCE, stated
from contracts.vocabulary.wording import Wording

OPENS: Final = time(9)
CLOSES: Final = time(16, 30)

hotline_hours = stated(
    "R13",
    en="The hotline for professionals is open Monday to Friday 09:00–16:30, except public holidays and customary eves.",
    sv="Stödtelefonen för yrkesverksamma är öppen måndag till fredag 09:00–16:30, utom helgdagar och vissa aftnar.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “The Hotline is open during office hours 9.00-16.30 on Monday - Friday”. "
    "That it rests on holidays is not in the sources: Act (1989:253) on public holidays, section 1.",
)

_DAYS: Final = (
    Wording("Monday", "måndag"),
    Wording("Tuesday", "tisdag"),
    Wording("Wednesday", "onsdag"),
    Wording("Thursday", "torsdag"),
    Wording("Friday", "fredag"),
)


@dataclass(frozen=True)
class HotlineStatus:
    """The state of the hotline: whether it is open, when that changes (Swedish time), and the words for it."""

    open: bool
    changes_at: datetime
    says: Wording


def status(now: datetime) -> HotlineStatus:
    """The state of the hotline at a moment (in any zone, never naive)."""
    here = now.astimezone(SWEDISH_TIME)
    today = here.date()
    if is_working_day(today) and OPENS <= here.time() < CLOSES:
        closes = datetime.combine(today, CLOSES, SWEDISH_TIME)
        return HotlineStatus(True, closes, Wording(f"open until {closes:%H:%M}", f"öppet till {closes:%H:%M}"))
    later_today = is_working_day(today) and here.time() < OPENS
    opens_on = today if later_today else next_working_day(today + timedelta(days=1))
    opens = datetime.combine(opens_on, OPENS, SWEDISH_TIME)
    day = Wording("today", "i dag") if later_today else _DAYS[opens_on.weekday()]  # never closed for a week
    holiday = name_of_holiday(today)
    because = "" if holiday is None else f" ({holiday})"
    return HotlineStatus(
        False,
        opens,
        Wording(
            f"closed now{because}, opens {day.en} {opens:%H:%M}",
            f"stängt nu{because}, öppnar {day.sv} {opens:%H:%M}",
        ),
    )
