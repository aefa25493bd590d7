"""What the victim said no to."""

from __future__ import annotations

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Purpose, Service


class SaidNo(Begun):
    """A no of the victim: to sharing the case for purposes, or to services."""

    asked_by: AgencyId
    purposes: tuple[Purpose, ...] = ()
    services: tuple[Service, ...] = ()
