"""The agencies: one folder each, a mandate that a lawyer of the agency could check. A new folder is found by itself.

`practice` is no agency: it holds what several of them do alike. An internal room: programs outside import `stafett`.
"""

from __future__ import annotations

from collections.abc import Container
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from bus.mandate import Mandate
from contracts.sweden.geography.files import load
from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.vocabulary.agencies import AgencyKind


@cache
def mandates() -> dict[AgencyKind, Mandate]:
    """Every agency's mandate, by kind."""
    modules = [import_module(f"services.{module.name}") for module in iter_modules(__path__)]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Mandate)]
    return {agency.kind: agency for agency in found}


def kind_of(agency_id: str) -> AgencyKind:
    """The kind in an agency's id: `municipality-0180` is a municipality. ValueError when there is none."""
    for kind in sorted(AgencyKind, key=len, reverse=True):
        if agency_id == kind or agency_id.startswith(f"{kind}-"):
            return kind
    raise ValueError(f"{agency_id} does not begin with a kind of agency")


def mandate_of(agency_id: str) -> Mandate:
    """The mandate of an agency. ValueError when no service has its kind, or there is no such place in Sweden."""
    kind = kind_of(agency_id)
    mandate = mandates().get(kind)
    if mandate is None:
        raise ValueError(f"there is no service for agencies of kind {kind}")
    _require_place(agency_id, kind)
    return mandate


def _require_place(agency_id: str, kind: AgencyKind) -> None:
    """An agency that is named after a place names one that is; a kind alone names none."""
    sweden = load()
    places: dict[AgencyKind, tuple[str, Container[str]]] = {
        AgencyKind.MUNICIPALITY: (
            f"the code of one of the {len(sweden.municipalities)} municipalities",
            sweden.municipalities,
        ),
        AgencyKind.REGION: (f"the code of one of the {len(sweden.counties)} counties", sweden.counties),
        AgencyKind.COORDINATOR: (f"one of {', '.join(CoordinatorRegion)}", tuple(CoordinatorRegion)),
    }
    _, named, place = agency_id.partition(f"{kind}-")
    if named and kind in places and place not in places[kind][1]:
        raise ValueError(f"{agency_id} names no {kind}: after “{kind}-” comes {places[kind][0]}")
