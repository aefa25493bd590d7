"""The list of this agency's cases: a sealed summary of each, with tokens of its values for the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from bus.read_models.case_state import CaseState, Change
from bus.read_models.index_key import IndexKey
from bus.sealing.keyring import Keys
from bus.sealing.rows import open_row, seal_row
from contracts.view.case_view import CaseView
from contracts.view.parts.identification import Identification
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import AgeBand, ExploitationForm, ResidenceSituation
from contracts.vocabulary.codes import MunicipalityCode, RegionCode

LEAD: Final = "lead"
PARTICIPANT: Final = "participant"
DIMENSIONS: Final = ("status", "role", "region", "municipality", "identification", "age_band")
"""The values by which the list can be searched, beside the time of the last event."""

NONE: Final = ""
"""The value of a dimension that the case does not have."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_COLUMNS: Final = ", ".join(DIMENSIONS)
_GIVEN: Final = ", ".join(f":{name}" for name in DIMENSIONS)

UNCOUNT: Final = f"""UPDATE case_list_counts SET n = n - 1
    WHERE ({_COLUMNS}) = (SELECT {_COLUMNS} FROM case_list WHERE case_id = :case_id)"""  # noqa: S608 - constant columns

COUNT: Final = f"""INSERT INTO case_list_counts ({_COLUMNS}, n) VALUES ({_GIVEN}, 1)
    ON CONFLICT ({_COLUMNS}) DO UPDATE SET n = case_list_counts.n + 1"""  # noqa: S608 - constant columns

PUT: Final = f"""INSERT INTO case_list (case_id, place, version, updated, {_COLUMNS}, sealed)
    VALUES (:case_id, :place, :version, :updated, {_GIVEN}, :sealed)
    ON CONFLICT (case_id) DO UPDATE SET place = excluded.place, version = excluded.version, updated = excluded.updated,
    {", ".join(f"{name} = excluded.{name}" for name in DIMENSIONS)}, sealed = excluded.sealed"""  # noqa: S608 - constant columns

TOUCH: Final = "UPDATE case_list SET place = :place, version = :version, updated = :updated WHERE case_id = :case_id"

DROP: Final = "DELETE FROM case_list WHERE case_id = :case_id"

_EMPTY: Final = f"""UPDATE case_list SET sealed = NULL, {", ".join(f"{name} = 0" for name in DIMENSIONS)}
    WHERE case_id = :case_id"""  # noqa: S608 - constant columns

_COUNT_AGAIN: Final = f"""INSERT INTO case_list_counts ({_COLUMNS}, n)
    SELECT {_COLUMNS}, 1 FROM case_list WHERE case_id = :case_id
    ON CONFLICT ({_COLUMNS}) DO UPDATE SET n = case_list_counts.n + 1"""  # noqa: S608 - constant columns

_SEED: Final = f"""INSERT INTO case_list (case_id, place, version, updated, {_COLUMNS}, sealed)
    SELECT case_id, sequence + :incarnation, version, 0, {", ".join("0" for _ in DIMENSIONS)}, NULL
    FROM heads WHERE listed = 1"""  # noqa: S608 - constant columns

_COUNT_ALL: Final = f"""INSERT INTO case_list_counts ({_COLUMNS}, n)
    SELECT {_COLUMNS}, COUNT(*) FROM case_list GROUP BY {_COLUMNS}"""  # noqa: S608 - constant columns


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case as a list shows it. `updated_at`: when its last event was recorded; None until the rebuild reaches it."""

    case_id: str
    version: int
    updated_at: datetime | None
    status: CaseStatus = CaseStatus.UNOPENED
    opened_by: AgencyId | None = None
    lead: AgencyId | None = None
    identification: Identification | None = None
    exploitation_forms: tuple[ExploitationForm, ...] = ()
    age_band: AgeBand = AgeBand.UNKNOWN
    residence: ResidenceSituation = ResidenceSituation.UNKNOWN
    region: RegionCode | None = None
    municipality: MunicipalityCode | None = None

    @classmethod
    def of(cls, view: CaseView, updated_at: datetime | None) -> Self:
        """Return the summary of a view."""
        return cls(view.case_id, view.version, updated_at, *_said(view))


def microseconds(moment: datetime) -> int:
    """Return a moment as the store keeps it: microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """Return the moment of a number from the store."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _said(view: CaseView) -> tuple[Any, ...]:
    return (
        view.status,
        view.opened_by,
        view.lead,
        view.identification,
        view.exploitation_forms,
        view.age_band,
        view.residence,
        view.region,
        view.municipality,
    )


def _place(case_id: str) -> str:
    return f"cases/{case_id}"


def tokens(index: IndexKey, values: Mapping[str, str | None]) -> dict[str, int]:
    """Return the tokens of these values, by dimension."""
    return {name: index.token("case", name, value or NONE) for name, value in values.items()}


def changes(
    agency: AgencyId, index: IndexKey, before: CaseState, after: CaseState, updated_at: datetime, place: int
) -> list[Change]:
    """Return the changes of the list when a case goes from `before` to `after`.

    `updated_at`: when its last event was recorded. `place`: see `place_in_log`.
    """
    view = after.view
    if not view.takes_part(agency):
        return dropped(view.case_id) if before.view.takes_part(agency) else []
    if before.view.takes_part(agency) and _tells_the_same(agency, before.view, view):
        row = {"case_id": view.case_id, "place": place, "version": view.version, "updated": microseconds(updated_at)}
        return [(TOUCH, [row])]
    return put(agency, index, after, updated_at, place)


def _tells_the_same(agency: AgencyId, before: CaseView, after: CaseView) -> bool:
    return _said(before) == _said(after)


def put(agency: AgencyId, index: IndexKey, case: CaseState, updated_at: datetime | None, place: int) -> list[Change]:
    """Return the changes that put a case into the list, in place of its earlier row, if any."""
    view = case.view
    if not view.takes_part(agency):
        return dropped(view.case_id)
    row: dict[str, Any] = {
        "case_id": view.case_id,
        "place": place,
        "version": view.version,
        "updated": 0 if updated_at is None else microseconds(updated_at),
        "sealed": _sealed(case),
    }
    row |= tokens(
        index,
        {
            "status": view.status,
            "role": LEAD if view.lead == agency else PARTICIPANT,
            "region": view.region,
            "municipality": view.municipality,
            "identification": view.identification,
            "age_band": view.age_band,
        },
    )
    counted = {name: row[name] for name in DIMENSIONS}
    return [(UNCOUNT, [{"case_id": view.case_id}]), (PUT, [row]), (COUNT, [counted])]


def seeded(incarnation: int) -> list[Change]:
    """Return the changes that fill an empty list with all cases of the agency, without summaries; a rebuild adds them.

    `incarnation`: the log's, as a `place_in_log` with sequence 0.
    """
    return [(_SEED, [{"incarnation": incarnation}]), (_COUNT_ALL, [{}])]


def dropped(case_id: str) -> list[Change]:
    """Return the changes that remove a case from the list."""
    return [(UNCOUNT, [{"case_id": case_id}]), (DROP, [{"case_id": case_id}])]


def emptied(case_id: str) -> list[Change]:
    """Return the changes that remove a case's summary and tokens. The case stays listed, and is read when needed."""
    row = {"case_id": case_id}
    return [(UNCOUNT, [row]), (_EMPTY, [row]), (_COUNT_AGAIN, [row])]


def _sealed(case: CaseState) -> bytes | None:
    """Return the sealed summary; None when there is no key, or the case is erased and has only its status."""
    if case.keys.current is None or case.view.status is CaseStatus.ERASED:
        return None
    return seal_row(case.keys.current, _said(case.view), _place(case.view.case_id))


def opened(row: Mapping[str, Any], keys: Keys, erased: int) -> ListedCase | None:
    """Return the case in a row; None when there is no summary or no key opens it. The caller then reads the case.

    `erased`: the token of an erased case's status.
    """
    case_id, version = row["case_id"], int(row["version"])
    updated_at = moment(int(row["updated"])) if row["updated"] else None
    if row["sealed"] is None:
        if int(row["status"]) == erased:
            return ListedCase(case_id, version, updated_at, CaseStatus.ERASED)
        return None
    said = open_row(keys, bytes(row["sealed"]), _place(case_id))
    if said is None:
        return None
    status, opened_by, lead, identification, forms, age_band, residence, region, municipality = said
    return ListedCase(
        case_id,
        version,
        updated_at,
        CaseStatus(status),
        opened_by,
        lead,
        None if identification is None else Identification(identification),
        tuple(map(ExploitationForm, forms)),
        AgeBand(age_band),
        ResidenceSituation(residence),
        region,
        municipality,
    )
