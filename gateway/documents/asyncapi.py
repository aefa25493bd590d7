"""The AsyncAPI 3.0 document: what this agency sends and receives at the brokers, stream by stream.

The file has over 250 lines because it is the list of all streams.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import CONTENT_TYPE, MAX_BYTES
from bus.nats.erasable_streams import KEY_SUBJECTS, KEYS, PERSONAL, PERSONAL_SUBJECTS, granted_to, keys_consumer
from bus.nats.following import deliveries_to
from bus.nats.log import STREAM, SUBJECTS
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.agencies import COORDINATOR
from gateway.documents.asyncapi_messages import (
    ANSWER,
    GRANT,
    QUESTION,
    RECORD,
    messages,
    schemas,
    versions_of,
)
from gateway.documents.described import Described
from gateway.documents.openapi import CONTACT, LICENCE, VERSION

_Json = dict[str, Any]
_Part = tuple[_Json, _Json]
"""The channels and the operations of one stream."""

_PARAMETERS: Final[dict[str, _Json]] = {
    "case": {"description": "The case's token, a UUID."},
    "agency": {"description": "The agency that sends it."},
    "event": {"description": "The event's name."},
    "compartment": {"description": "The part of the case that the key opens, or a class of personal details."},
    "kid": {"description": "The id of the key, and so of its epoch."},
    "recipient": {"description": "The agency that gets the key."},
    "granter": {"description": "The agency that grants it."},
    "since": {"description": "The version of the last event that may have taken a reader away."},
    "data_class": {"description": "The class of the personal details."},
    "record": {"description": "The record's id, a UUID."},
    "first": {"description": "The first sequence of the log that is asked for."},
    "last": {"description": "The last one."},
    "asker": {"description": "The agency that asks."},
    "answerer": {"description": "The agency that answers."},
}


def document(service: Described) -> _Json:
    """The AsyncAPI document of one agency's service."""
    channels: _Json = {}
    operations: _Json = {}
    for part in _PARTS:
        its_channels, its_operations = part(service)
        channels |= its_channels
        operations |= its_operations
    servers = {f"broker{number}": _server(address) for number, address in enumerate(service.servers, 1)}
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:x-stafett:agency:{service.agency.strip('{}')}",
        "info": {
            "title": f"Stafett: {service.agency}",
            "version": VERSION,
            "description": "CloudEvents 1.0 in NATS binary mode, signed by its agency, chained to the case's last. "
            f"Inboxes begin with `_INBOX_{service.agency}`.",
            "contact": CONTACT,
            "license": {"name": LICENCE["name"], "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": servers,
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages(),
            "schemas": schemas(),
            "securitySchemes": {"credentials": _CREDENTIALS, "certificate": _CERTIFICATE},
        },
    }


_CREDENTIALS: Final = {
    "type": "asymmetricEncryption",
    "description": "A JWT of the operator for this agency, and the Ed25519 nkey that signs the broker's challenge: the "
    "agency's file `broker.creds`.",
}
_CERTIFICATE: Final = {
    "type": "X509",
    "description": "TLS 1.3. Where the brokers ask for a client certificate, the agency's own.",
}


def _server(address: str) -> _Json:
    found = urlsplit(address)
    return {
        "host": f"{found.hostname}:{found.port or 4222}",
        "protocol": "nats",
        "description": "A broker with JetStream, 2.11 or later.",
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("credentials", "certificate")],
    }


def _own_events(service: Described) -> _Part:
    """The events about cases that this agency may issue, each on a subject of its own."""
    own: list[type[PublishedEvent]] = [*service.roles]
    return _issuing(service, own, "{case}")


def _own_directory_events(service: Described) -> _Part:
    """The events of the directory that it may issue."""
    own: list[type[PublishedEvent]] = [*service.directory_roles]
    return _issuing(service, own, DIRECTORY_ID)


def _issuing(service: Described, events: Iterable[type[PublishedEvent]], case: str) -> _Part:
    names = [event.__name__ for event in events]
    channels = {name: _channel(f"case.{case}.{name}.{service.agency}", [name], _log()) for name in names}
    return channels, {f"issue{name}": _operation("send", name, [name]) for name in names}


def _cases(service: Described) -> _Part:
    """The log: every event of every case."""
    names = _all_versions(EVENTS.values())
    channel = _channel("case.{case}.{event}.{agency}", names, _log()) | {
        "description": "The one log of every case. Messages that do not concern this agency are chained and not shown.",
    }
    follows = _operation("receive", "cases", names) | {"x-jetstream": _replica(service)}
    return {"cases": channel}, {"followCases": follows}


def _directory(service: Described) -> _Part:
    """The directory, in the same log: who is on the bus, with which keys and duties."""
    names = _all_versions(DIRECTORY_EVENTS.values())
    channel = _channel(f"case.{DIRECTORY_ID}.{{event}}.{{agency}}", names, _log()) | {
        "description": "The chain of the directory: the agencies, their keys and duties. Keys count by their place in "
        "the log. Events with `x-signed-by-root` are signed with the root key.",
    }
    follows = _operation("receive", "directory", names) | {"x-jetstream": _replica(service)}
    return {"directory": channel}, {"followDirectory": follows}


def _grants(service: Described) -> _Part:
    """The keys of cases and parts, each granted to one agency."""
    stream = _erasable(KEYS, KEY_SUBJECTS)
    own = f"key.{{case}}.{{compartment}}.{{kid}}.{{recipient}}.{service.agency}.{{since}}"
    to_us = f"key.{{case}}.{{compartment}}.{{kid}}.{service.agency}.{{granter}}.{{since}}"
    channels = {"grantsByUs": _channel(own, [GRANT], stream), "grantsToUs": _channel(to_us, [GRANT], stream)}
    consumer = _follower(service, KEYS, keys_consumer(service.agency)) | {"filter_subject": granted_to(service.agency)}
    return channels, {
        "grantKey": _operation("send", "grantsByUs", [GRANT]),
        "followGrants": _operation("receive", "grantsToUs", [GRANT]) | {"x-jetstream": consumer},
    }


def _personal(service: Described) -> _Part:
    """Personal details, sealed beside the log."""
    stream = _erasable(PERSONAL, PERSONAL_SUBJECTS)
    own = f"personal.{{case}}.{{data_class}}.{{record}}.{service.agency}"
    every = "personal.{case}.{data_class}.{record}.{agency}"
    channels = {"recordsByUs": _channel(own, [RECORD], stream), "records": _channel(every, [RECORD], stream)}
    by_subject = {"stream": PERSONAL, "mode": "get", "api": f"$JS.API.STREAM.MSG.GET.{PERSONAL}"}
    return channels, {
        "putRecord": _operation("send", "recordsByUs", [RECORD]),
        "readRecord": _operation("receive", "records", [RECORD]) | {"x-jetstream": by_subject},
    }


def _lost_events(service: Described) -> _Part:
    """Questions for events that the log has lost, and their answers, on no stream."""
    us = service.agency
    channels = {
        "questionsByUs": _channel(f"need.{{first}}.{{last}}.{us}", [QUESTION]),
        "questions": _channel("need.{first}.{last}.{asker}", [QUESTION]),
        "answersToUs": _channel(f"found.{us}.{{first}}.{{answerer}}", [ANSWER]),
        "answersByUs": _channel(f"found.{{asker}}.{{first}}.{us}", [ANSWER]),
    }
    return channels, {
        "askForLostEvents": _operation("send", "questionsByUs", [QUESTION]),
        "hearQuestions": _operation("receive", "questions", [QUESTION]),
        "hearAnswers": _operation("receive", "answersToUs", [ANSWER]),
        "answerQuestion": _operation("send", "answersByUs", [ANSWER]),
    }


_PARTS: Final[tuple[Callable[[Described], _Part], ...]] = (
    _own_events,
    _own_directory_events,
    _cases,
    _directory,
    _grants,
    _personal,
    _lost_events,
)
"""Each stream, or group of subjects, that a program of an agency meets at the brokers. Another one joins here."""


def _all_versions(events: Iterable[type[PublishedEvent]]) -> list[str]:
    return [name for event in events for name in versions_of(event)]


def _channel(address: str, names: Collection[str], stream: _Json | None = None) -> _Json:
    found: _Json = {
        "address": address,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }
    if parameters := {name: _PARAMETERS[name] for name in _PARAMETERS if f"{{{name}}}" in address}:
        found["parameters"] = parameters
    return found | ({} if stream is None else {"x-jetstream": stream})


def _operation(action: str, channel: str, names: Collection[str]) -> _Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
        "bindings": {"nats": {"bindingVersion": "0.1.0"}},
    }


def _log() -> _Json:
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


def _erasable(stream: str, subjects: str) -> _Json:
    return {
        "stream": stream,
        "subjects": [subjects],
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "max_msgs_per_subject": 1,
        "discard_new_per_subject": True,
        "deleted_by": COORDINATOR,
    }


def _replica(service: Described) -> _Json:
    return _follower(service, STREAM, f"replica-{service.agency}")


def _follower(service: Described, stream: str, consumer: str) -> _Json:
    """The consumer that a follower makes anew each time; the random end keeps others from guessing the subject."""
    return {
        "stream": stream,
        "consumer": consumer,
        "mode": "push",
        "deliver_subject": f"{deliveries_to(service.agency)}.{{random}}",
        "deliver_policy": "by_start_sequence",
        "ack_policy": "none",
        "flow_control": True,
        "idle_heartbeat": "2s",
        "inactive_threshold": "30s",
        "mem_storage": True,
    }
