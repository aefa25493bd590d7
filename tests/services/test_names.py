"""An agency has the name of its kind and, if there are several of that kind, of a place that exists."""

from __future__ import annotations

from pathlib import Path

import pytest

import services
from contracts.sweden.geography.files import load
from contracts.vocabulary.agencies import AgencyKind
from services import mandate_of


@pytest.mark.parametrize(
    ("agency", "kind"),
    [
        ("police", AgencyKind.POLICE),
        ("ngo-fyren", AgencyKind.NGO),
        ("municipality", AgencyKind.MUNICIPALITY),
        ("municipality-2584", AgencyKind.MUNICIPALITY),
        ("region", AgencyKind.REGION),
        ("region-25", AgencyKind.REGION),
        ("coordinator", AgencyKind.COORDINATOR),
        ("coordinator-bergslagen", AgencyKind.COORDINATOR),
        ("foreign-partner-ro", AgencyKind.FOREIGN_PARTNER),
        ("labour-inspectorate", AgencyKind.LABOUR_INSPECTORATE),
    ],
)
def test_the_name_says_the_kind(agency: str, kind: AgencyKind) -> None:
    """With a place where places matter, or without."""
    assert mandate_of(agency).kind is kind


def test_every_folder_is_an_agency_but_one() -> None:
    """What several agencies do alike is not taken for an agency."""
    folders = {path.parent.name for path in Path(services.__file__).parent.glob("*/__init__.py")}
    assert {kind.replace("-", "_") for kind in services.mandates()} == folders - {"practice"}


def test_every_place_in_sweden_may_have_its_agency() -> None:
    """The 290 municipalities, the 21 counties and the coordinators of the regions that serve them."""
    sweden = load()
    names = {municipality.agency for municipality in sweden.municipalities.values()}
    names |= {county.agency for county in sweden.counties.values()}
    names |= {sweden.coordinator_for(code).id for code in sweden.municipalities}
    assert len(names) == 290 + 21 + 7
    assert {mandate_of(name).kind for name in names} == {
        AgencyKind.MUNICIPALITY,
        AgencyKind.REGION,
        AgencyKind.COORDINATOR,
    }


@pytest.mark.parametrize(
    ("agency", "says"),
    [
        ("municipality-0199", "municipality-0199 names no municipality: .* one of the 290 municipalities"),
        ("municipality-stockholm", "names no municipality"),
        ("municipality-", "names no municipality"),
        ("region-02", "region-02 names no region: .* one of the 21 counties"),
        ("coordinator-skane", "one of stockholm, ost, norr, vast, bergslagen, syd, mitt"),
        ("church", "does not begin with a kind of agency"),
    ],
)
def test_there_is_no_such_agency(agency: str, says: str) -> None:
    """The error says what would be a name."""
    with pytest.raises(ValueError, match=says):
        mandate_of(agency)
