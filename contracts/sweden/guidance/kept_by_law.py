"""The records that agencies keep by law although a case is erased, told to the victim in plain words."""

from __future__ import annotations

from typing import Final

from contracts.event.case_event import EVENTS
from contracts.sweden.chapters.duty_to_keep import DUTIES
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import HoldersObjection
from contracts.vocabulary.wording import Wording

_LAWS: Final = {duty.ground: duty.law for duty in DUTIES}


def kept_by_law(case: CaseView) -> tuple[Wording, ...]:
    """A sentence for each objection to an erasure of the case: who keeps what, by which law, and until when."""
    return tuple(_says(each) for erasure in case.erasures for each in erasure.objections)


def _says(objection: HoldersObjection) -> Wording:
    law = _LAWS[objection.ground]
    words = [LABELS.event(EVENTS[name]).label for name in objection.keeps if name in EVENTS]
    who, until = objection.agency, objection.until
    return Wording(
        f"By {law.en}, {who} keeps its own records until {until}: {', '.join(f'“{each.en}”' for each in words)}. "
        "All else is erased there too.",
        f"Enligt {law.sv} bevarar {who} sina egna handlingar till och med {until}: "
        f"{', '.join(f'”{each.sv}”' for each in words)}. Allt annat är raderat också där.",
    )
