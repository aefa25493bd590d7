"""The agencies: each has a folder with its mandate, which a lawyer of the agency can check. New folders need no list.

`practice` is no agency: it holds the tasks that several agencies have in common. An internal room: programs outside
import `stafett`.
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
    """The mandate of every kind of agency."""
    modules = [import_module(f"services.{module.name}") for module in iter_modules(__path__)]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Mandate)]
    return {agency.kind: agency for agency in found}


def kind_of(agency_id: str) -> AgencyKind:
    """The kind in an agency's id: `municipality-0180` is a municipality. Raises ValueError when the id has none."""
    for kind in sorted(AgencyKind, key=len, reverse=True):
        if agency_id == kind or agency_id.startswith(f"{kind}-"):
            return kind
    raise ValueError(f"{agency_id} does not begin with a kind of agency")


def mandate_of(agency_id: str) -> Mandate:
    """The mandate of an agency.

    Raises ValueError when no service is for its kind, or when its id names a place that Sweden does not have.
    """
    kind = kind_of(agency_id)
    mandate = mandates().get(kind)
    if mandate is None:
        raise ValueError(f"there is no service for agencies of kind {kind}")
    _require_place(agency_id, kind)
    return mandate


def _require_place(agency_id: str, kind: AgencyKind) -> None:
    """Raise ValueError when the id names a place that does not exist. An id that is only a kind names none."""
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
