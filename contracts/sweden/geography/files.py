"""Reads the files of the Swedish geography. An operator may copy and edit them.

`municipalities.csv` has Statistics Sweden's codes (CC0). `county-nmt-region.csv` says which regional coordinator serves
which county; its column `evidence` tells the lines that a source states from those that are inferred. `contacts.csv`
has the contacts in the sources, and after them the authorities that help without acting in a case, which the sources
leave out: a number that nobody has checked is left out. `kind` says what a contact is, `member_of` the contact whose
member it is (the sources name no member of the Platform, and an operator adds them), `source` where a line is from; a
file without these columns is read as before. The sources spell the website in two ways; the file has
nmtsverige.se, the domain of the e-mail address.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from contracts.sweden.geography.areas import County, Map, Municipality, plain
from contracts.sweden.geography.contacts import HOTLINE, ContactKind, ContactPoint
from contracts.sweden.geography.regions import CoordinatorRegion, coordinator_of
from contracts.vocabulary.wording import Wording

DATA: Final = Path(__file__).parent / "data"
"""The folder that ships with the project."""

_COLUMNS: Final = {
    "county-nmt-region.csv": ("county_code", "county_name", "nmt_region"),
    "municipalities.csv": ("code", "name", "county_code"),
    "contacts.csv": (
        *("id", "agency", "name_sv", "name_en", "for_sv", "for_en"),
        *("nmt_region", "phones", "emails", "website", "address"),
    ),
}

_KEYS: Final = {
    "county-nmt-region.csv": re.compile(r"[0-9]{2}"),
    "municipalities.csv": re.compile(r"[0-9]{4}"),
    "contacts.csv": re.compile(r"[a-z][a-z0-9-]*"),
}
"""The form of the first column of each file."""


@cache
def load(folder: Path = DATA) -> Map:
    """Read a folder of data; a second call returns the same map.

    Raises ValueError, which names the file that is missing or the line that does not fit.
    """
    counties = {
        row["county_code"]: County(row["county_code"], row["county_name"], _region(row["nmt_region"]))
        for row in _rows(folder / "county-nmt-region.csv")
    }
    municipalities = {
        row["code"]: Municipality(row["code"], row["name"], row["county_code"])
        for row in _rows(folder / "municipalities.csv")
    }
    contacts = {row["id"]: _contact(row) for row in _rows(folder / "contacts.csv")}
    homeless = sorted(m.name for m in municipalities.values() if m.county_code not in counties)
    if homeless:
        raise ValueError(f"municipalities.csv: the county is unknown of {', '.join(homeless)}")
    orphaned = sorted(c.name for c in counties.values() if coordinator_of(c.nmt_region) not in contacts)
    if orphaned:
        raise ValueError(f"contacts.csv: no regional coordinator for {', '.join(orphaned)}")
    strangers = sorted(c.id for c in contacts.values() if c.member_of is not None and c.member_of not in contacts)
    if strangers:
        raise ValueError(f"contacts.csv: member of nobody who stands there: {', '.join(strangers)}")
    if HOTLINE not in contacts:
        raise ValueError(f"contacts.csv: no line with the id {HOTLINE}")
    return Map(municipalities, counties, contacts)


def coordinator_for(municipality: str, folder: Path = DATA) -> ContactPoint:
    """The regional coordinator of the municipality with this code. Raises KeyError when there is none."""
    return load(folder).coordinator_for(municipality)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a file, each a value by column. Raises ValueError, which names the file and what does not fit."""
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    lacking = [name for name in _COLUMNS[path.name] if name not in (reader.fieldnames or ())]
    if lacking:
        raise ValueError(f"{path.name}: no column {', '.join(lacking)}; columns are separated by commas")
    key = _COLUMNS[path.name][0]
    seen: set[str] = set()
    for number, row in enumerate(reader, start=2):
        line = f"{path.name}: line {number}"
        if None in row or None in row.values():
            raise ValueError(f"{line} has not as many fields as the first")
        if not _KEYS[path.name].fullmatch(row[key]):
            raise ValueError(f"{line}: {row[key]!r} is no {key}; a spreadsheet may have dropped a zero")
        if (row.get("kind") or ContactKind.AUTHORITY) not in set(ContactKind):
            raise ValueError(f"{line}: there is no kind of contact {row['kind']!r}")
        if row[key] in seen:
            raise ValueError(f"{line}: the {key} {row[key]} stands there twice")
        region = row.get("nmt_region", "")
        if (region or path.name == "county-nmt-region.csv") and plain(region) not in set(CoordinatorRegion):
            raise ValueError(f"{line}: there is no coordinator's region {region!r}")
        seen.add(row[key])
        yield row


def _text(path: Path) -> str:
    if not path.is_file():
        raise ValueError(f"{path.name} is missing")
    try:
        return path.read_text(encoding="utf-8-sig")  # a spreadsheet program may have added a BOM
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not UTF-8") from None


def _region(name: str) -> CoordinatorRegion:
    """The region that has this Swedish name."""
    return CoordinatorRegion(plain(name))


def _contact(row: dict[str, str]) -> ContactPoint:
    return ContactPoint(
        id=row["id"],
        agency=row["agency"] or None,
        name=Wording(row["name_en"], row["name_sv"]),
        purpose=Wording(row["for_en"], row["for_sv"]),
        nmt_region=_region(row["nmt_region"]) if row["nmt_region"] else None,
        phones=_listed(row["phones"]),
        emails=_listed(row["emails"]),
        website=row["website"] or None,
        address=row["address"] or None,
        kind=ContactKind(row.get("kind") or ContactKind.AUTHORITY),
        member_of=row.get("member_of") or None,
        source=row.get("source") or None,
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())
