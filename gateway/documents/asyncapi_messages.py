"""The messages on the bus as AsyncAPI describes them: events of every published version, grants, records, questions."""

from __future__ import annotations

from inspect import getdoc
from typing import Any, Final

from bus.directory.directory import BY_ROOT, DIRECTORY_ID
from bus.envelope.envelope import CONTENT_TYPE, PAYLOAD_TYPE, SEALED_TYPE, SECTIONS_TYPE, SIGNED_EXTENSIONS
from bus.sealing.grants import MAX_BYTES as GRANT_BYTES
from bus.sealing.grants import Grant
from contracts.event.case_event import CaseEvent
from contracts.event.published_event import PublishedEvent
from contracts.published.schema_files import published
from gateway.documents.event_schemas import ALL, COMPONENT, published_version, titled, titles_of

_Json = dict[str, Any]

_SEALED: Final = (
    "One JWE in compact form (dir, A256GCM) for each section: the core of the event, and, where it has details, a line "
    "feed and its details. `kid` is the id of the part's epoch key, `iss` the agency, `sub` the event's id. Both "
    "contents together fit the payload schema; each is padded with spaces to a multiple of 512 bytes. Details are the "
    "fields in `x-details`, and lie in the part `x-part`."
)
_UUID: Final = {"type": "string", "format": "uuid"}
_HASH: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TIME: Final = {"type": "string", "format": "date-time"}
_EXTENSIONS: Final[dict[str, _Json]] = {
    "caseversion": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "The event's number in its case."},
    "previous": _HASH | {"description": "The hash of the case's event before; zeros for the first."},
    "ruleset": {"type": "string", "description": "The ruleset in force when the fact occurred."},
    "recordedat": _TIME | {"description": "When the event was recorded, in microseconds."},
    "correlationid": {"type": "string", "description": "The id that related events share; by default the event's own."},
    "causationid": {"type": "string", "description": "The id of the event that caused this one; by default its own."},
}

GRANT: Final = "KeyGrant"
RECORD: Final = "PersonalRecord"
QUESTION: Final = "LostEventsAsked"
ANSWER: Final = "LostEventsFound"


def versions_of(event: type[PublishedEvent]) -> list[str]:
    """The names of the messages of an event: its own for the current version, and one for each earlier version."""
    earlier = [f"{event.__name__}.v{number}" for number in range(1, event.version)]
    return [event.__name__, *(name for name in earlier if name in published())]


def messages() -> _Json:
    """Every message, by name."""
    events = {name: _event(name, event) for event in ALL.values() for name in versions_of(event)}
    return events | {GRANT: _grant(), RECORD: _record(), QUESTION: _question(), ANSWER: _answer()}


def schemas() -> _Json:
    """The schema of every published version of every event, of grants, and of all that these refer to."""
    found: dict[str, _Json] = {}
    for name in published():
        found.update(published_version(name))
    grant = Grant.model_json_schema(ref_template=COMPONENT)
    return titled(found) | {GRANT: grant | {"title": GRANT}}


def _event(name: str, event: type[PublishedEvent]) -> _Json:
    version = f"{event.__name__}.v{event.version}" if name == event.__name__ else name
    titles, number = titles_of(event), version.rpartition(".v")[2]
    described: _Json = {
        "name": f"se.nrm.{version}",
        "title": titles["en"] if name == event.__name__ else f"{titles['en']} (version {number})",
        "x-titles": titles,
        "summary": (getdoc(event) or "").partition("\n")[0],
        "contentType": SECTIONS_TYPE if event.sealed else CONTENT_TYPE,
        "headers": _headers(event, version),
        "payload": {"$ref": COMPONENT.format(model=version)},
        "correlationId": {"location": "$message.header#/ce-correlationid"},
        "x-issuers": sorted(event.issuers),
        "x-signed-by-root": issubclass(event, BY_ROOT),
    }
    if name == event.__name__:
        described["examples"] = [{"name": "canonical", "payload": event.example}]
    else:
        described["deprecated"] = True  # agencies read it for ever, and issue the current version
    if event.sealed:
        described["x-sealed"] = _SEALED
    if issubclass(event, CaseEvent) and event.details:
        described |= {"x-part": event.part.value, "x-details": sorted(event.details)}
    return described


def _headers(event: type[PublishedEvent], version: str) -> _Json:
    """The schema of the CloudEvents attributes. Each is a NATS header with the prefix `ce-`."""
    case = _UUID | {"description": "The case's token."} if issubclass(event, CaseEvent) else {"const": DIRECTORY_ID}
    attributes: dict[str, _Json] = {
        "specversion": {"const": "1.0"},
        "id": _UUID,
        "source": {"type": "string", "description": "The agency."},
        "type": {"const": f"se.nrm.{version}"},
        "subject": case,
        "time": _TIME | {"description": "`recordedat`, cut to seconds."},
        "datacontenttype": {"enum": [SECTIONS_TYPE, SEALED_TYPE] if event.sealed else [CONTENT_TYPE]},
        "dataschema": {"const": f"urn:x-stafett:schema:{version}"},
        **{name: _EXTENSIONS[name] for name in SIGNED_EXTENSIONS},
        "signedextattrs": {"const": ",".join(SIGNED_EXTENSIONS)},
        "dssematerial": {
            "type": "string",
            "contentEncoding": "base64",
            "description": f"The DSSE envelope of the agency's signature; its payload type is {PAYLOAD_TYPE}.",
        },
    }
    return {
        "type": "object",
        "properties": {f"ce-{name}": schema for name, schema in attributes.items()}
        | {"ce-traceparent": {"type": "string", "description": "W3C Trace Context; not signed."}},
        "required": [f"ce-{name}" for name in attributes],
    }


def _grant() -> _Json:
    return {
        "name": "key-grant",
        "title": "A key for one agency",
        "x-titles": {"en": "A key for one agency", "sv": "En nyckel till en aktör"},
        "summary": "An epoch key of a case's part, sealed to one agency (HPKE: X-Wing, HKDF-SHA256, AES-256-GCM) and "
        f"signed by its granter; at most {GRANT_BYTES} bytes of JSON in this order, without white space.",
        "contentType": CONTENT_TYPE,
        "payload": {"$ref": COMPONENT.format(model=GRANT)},
    }


def _record() -> _Json:
    return {
        "name": "personal-record",
        "title": "Personal details, sealed",
        "x-titles": {"en": "Personal details, sealed", "sv": "Personuppgifter, förseglade"},
        "summary": "One JWE in compact form, under the key of its data class. PersonalDetailsRecorded has its digest.",
        "contentType": SEALED_TYPE,
        "payload": {"type": "string"},
    }


def _question() -> _Json:
    return {
        "name": "lost-events-asked",
        "title": "Who holds what the log has lost?",
        "x-titles": {"en": "Who holds what the log has lost?", "sv": "Vem har det som loggen har förlorat?"},
        "summary": "The subject says which sequences of the log are asked for; there is no payload.",
        "contentType": CONTENT_TYPE,
        "payload": {"type": "string", "maxLength": 0},
    }


def _answer() -> _Json:
    event = {
        "type": "object",
        "properties": {
            "sequence": {"type": "integer", "minimum": 1},
            "event": {
                "type": "string",
                "contentEncoding": "base64",
                "description": "The envelope as stored; empty where no accepted event stood.",
            },
        },
        "required": ["sequence", "event"],
    }
    return {
        "name": "lost-events-found",
        "title": "What an agency holds of it",
        "x-titles": {"en": "What an agency holds of it", "sv": "Det som en aktör har av det"},
        "summary": "The accepted events up to the sequence `through`. An answer proves nothing: each event is checked.",
        "contentType": CONTENT_TYPE,
        "payload": {
            "type": "object",
            "properties": {
                "through": {"type": "integer"},
                "events": {"type": "array", "maxItems": 201, "items": event},
            },
            "required": ["through", "events"],
        },
    }
