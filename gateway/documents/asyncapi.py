"""The AsyncAPI 3.0 document: the events that this agency sends and receives on the bus, by its mandate."""

from __future__ import annotations

from inspect import getdoc
from typing import Any, Final

from bus.envelope.envelope import CONTENT_TYPE, MAX_BYTES, PAYLOAD_TYPE, SEALED_TYPE, SECTIONS_TYPE, SIGNED_EXTENSIONS
from bus.nats.log import STREAM, SUBJECTS
from contracts.event.case_event import EVENTS, CaseEvent
from gateway.context import GatewayContext
from gateway.documents.openapi import CONTACT, LICENCE, VERSION

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
    "correlationid": {"type": "string"},
    "causationid": {"type": "string"},
}


def document(context: GatewayContext) -> _Json:
    """The AsyncAPI document of one agency's service."""
    own = [event.__name__ for event in context.mandate.roles]
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:x-stafett:agency:{context.agency}",
        "info": {
            "title": f"Stafett: {context.agency}",
            "version": VERSION,
            "description": "CloudEvents 1.0 in NATS binary mode, signed by its agency, chained to the case's last.",
            "contact": CONTACT,
            "license": {"name": LICENCE["name"], "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {name: _own_channel(name, context.agency) for name in own} | {"cases": _everything()},
        "operations": {f"issue{name}": _operation("send", name, [name]) for name in own}
        | {"followCases": _operation("receive", "cases", list(EVENTS)) | {"x-jetstream": _consumer(context)}},
        "components": {
            "messages": {event.__name__: _message(event) for event in EVENTS.values()},
            "schemas": {name: event.model_json_schema() for name, event in EVENTS.items()},
        },
    }


def _own_channel(name: str, agency: str) -> _Json:
    return {
        "address": f"case.{{case}}.{name}.{agency}",
        "parameters": {"case": {"description": "The case's token, a UUID."}},
        "messages": _messages([name]),
        "x-jetstream": _stream(),
    }


def _everything() -> _Json:
    return {
        "address": "case.{case}.{event}.{agency}",
        "description": "The one log of every case. Messages that do not concern this agency are chained and not shown.",
        "parameters": {
            "case": {"description": "The case's token, a UUID."},
            "event": {"description": "The event's name.", "enum": list(EVENTS)},
            "agency": {"description": "The agency that issued it."},
        },
        "messages": _messages(list(EVENTS)),
        "x-jetstream": _stream(),
    }


def _messages(names: list[str]) -> _Json:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _operation(action: str, channel: str, names: list[str]) -> _Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def _stream() -> _Json:
    return {
        "stream": STREAM,
        "subjects": [SUBJECTS],
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "deny_delete": True,
        "deny_purge": True,
        "allow_atomic": True,
        "expected_last_subject_sequence": "case.{case}.>",
        "max_event_bytes": MAX_BYTES,
    }


def _consumer(context: GatewayContext) -> _Json:
    return {
        "stream": STREAM,
        "consumer": f"replica-{context.agency}",
        "mode": "pull",
        "deliver_policy": "by_start_sequence",
        "ack_policy": "none",
        "batch": context.node.settings.batch,
    }


def _message(event: type[CaseEvent]) -> _Json:
    return {
        "name": event.type_name(),
        "title": event.__name__,
        "summary": (getdoc(event) or "").partition("\n")[0],
        "contentType": SECTIONS_TYPE if event.sealed else CONTENT_TYPE,
        "headers": _headers(event),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "correlationId": {"location": "$message.header#/ce-correlationid"},
        "examples": [{"name": "canonical", "payload": event.example}],
        "x-issuers": sorted(event.issuers),
        "x-sealed": _SEALED if event.sealed else None,
        "x-part": event.part.value if event.details else None,
        "x-details": sorted(event.details),
    }


def _headers(event: type[CaseEvent]) -> _Json:
    """The schema of the CloudEvents attributes. Each is a NATS header with the prefix `ce-`."""
    attributes: dict[str, _Json] = {
        "specversion": {"const": "1.0"},
        "id": _UUID,
        "source": {"type": "string", "description": "The agency."},
        "type": {"const": event.type_name()},
        "subject": _UUID | {"description": "The case's token."},
        "time": _TIME,
        "datacontenttype": {"enum": [SECTIONS_TYPE, SEALED_TYPE] if event.sealed else [CONTENT_TYPE]},
        "dataschema": {"const": event.schema_uri()},
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
