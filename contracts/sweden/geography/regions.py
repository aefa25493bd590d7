"""The regions of the regional coordinators, and their coordinators' names on the bus."""

from __future__ import annotations

from enum import StrEnum

from contracts.vocabulary.agencies import AgencyId, AgencyKind


class CoordinatorRegion(StrEnum):
    """The seven regions of the regional coordinators."""

    STOCKHOLM = "stockholm"
    OST = "ost"
    NORR = "norr"
    VAST = "vast"
    BERGSLAGEN = "bergslagen"
    SYD = "syd"
    MITT = "mitt"


def coordinator_of(region: CoordinatorRegion) -> AgencyId:
    """The id of a region's coordinator on the bus."""
    return f"{AgencyKind.COORDINATOR}-{region}"
