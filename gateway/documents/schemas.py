"""The response models of the API information and of the list of schemas."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from gateway.http.response_models import ResponseModel


class ApiInfo(ResponseModel):
    """About this API, in the form of Sweden's REST API profile."""

    apiName: str
    apiVersion: str
    apiReleased: date
    apiDocumentation: str
    apiStatus: Literal["alpha", "beta", "active", "deprecated", "retired"]


class PublishedSchema(ResponseModel):
    """A published schema: the event and its version, the CloudEvents type and `dataschema`, and the address.

    `current`: false for a version that agencies still read, and no longer issue.
    """

    name: str
    event: str
    version: int
    type: str
    schema_uri: str
    address: str
    current: bool

    @classmethod
    def named(cls, name: str) -> Self:
        """The published schema of this name, such as `VictimDetected.v1`."""
        event, _, number = name.partition(".v")
        newest = EVENTS.get(event) or DIRECTORY_EVENTS[event]
        return cls(
            name=name,
            event=event,
            version=int(number),
            type=f"se.nrm.{name}",
            schema_uri=f"urn:x-stafett:schema:{name}",
            address=f"/schemas/{name}",
            current=int(number) == newest.version,
        )
