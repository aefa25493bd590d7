"""Events of the directory, as somebody states them: what a test's directory is folded from."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from contracts.directory.events import AgencyAdmitted, DirectoryEvent
from contracts.event.case_event import Provenance
from contracts.testing.example_ids import event_id
from contracts.vocabulary.agencies import COORDINATOR, kind_named_by
from harness.keys import key_of


def stated(event: type[DirectoryEvent], by: str = COORDINATOR, **changes: object) -> tuple[DirectoryEvent, Provenance]:
    """An event of the directory."""
    said = event.model_validate_json(to_json({**event.example, **changes}))
    kind = kind_named_by(by)
    assert kind is not None
    return said, Provenance(event_id(1), by, kind, said.occurred_at)


def admitted(agency: str, **changes: Any) -> tuple[DirectoryEvent, Provenance]:
    """An agency is admitted under its name."""
    return stated(
        AgencyAdmitted, agency=agency, **{"kind": kind_named_by(agency), "region": None, **key_of(agency), **changes}
    )
