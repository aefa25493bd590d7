"""Drafts: this agency's events as the outbox keeps them until they are sent, sealed before they reach the disk.

Only the case's keys open a draft, so an erasure of the case makes its drafts unreadable too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import orjson

from bus.case.case_replica import CaseReplica
from bus.decider import decider_of
from bus.envelope.envelope import CONTENT_TYPE, LINE_FEED, SEALED_TYPE, SECTIONS_TYPE, Draft
from bus.sealing.content import ContentKey, kid_of, open_sealed, seal
from bus.sealing.keyring import Keys
from bus.store import OutboxRow
from bus.store.rows import values
from contracts.event.case_event import CaseEvent
from contracts.event.published_event import PublishedEvent
from contracts.event.sections import sections_of
from contracts.vocabulary.agencies import AgencyId


def key_for_drafts(case: CaseReplica) -> ContentKey:
    """Return the current epoch key; in a new case, the key that we made for it."""
    return case.keys.current or case.keys.held[0]


def sealed_for(case: CaseReplica, event: PublishedEvent, *, agency: AgencyId, event_id: str) -> tuple[bytes, str]:
    """Return the event's data as the outbox and the log hold it, and its content type.

    The data is sealed under the current epoch key if the event's type is a sealed one.
    """
    content = event.model_dump_json().encode()
    if not event.sealed:
        return content, CONTENT_TYPE
    return seal(key_for_drafts(case), content, agency=agency, id=event_id), SEALED_TYPE


def content_of_draft(keys: Keys, draft: Draft, agency: AgencyId) -> bytes | None:
    """Return the content of our draft, or None when the key that opens it is gone."""
    if draft.content_type != SEALED_TYPE:
        return draft.data
    kid = kid_of(draft.data)
    key = next((key for key in keys if key.kid == kid), None)
    return None if key is None else open_sealed(key, draft.data, agency=agency, id=draft.event_id)


def event_of_draft(keys: Keys, draft: Draft, agency: AgencyId) -> PublishedEvent | None:
    """Return the event in our draft, or None when the key that opens it is gone."""
    content = content_of_draft(keys, draft, agency)
    event: PublishedEvent | None = None if content is None else decider_of(draft.case_id).read(draft.type, content)
    return event


def in_sections(
    core_key: ContentKey,
    part_key: ContentKey | None,
    draft: Draft,
    event: CaseEvent,
    agency: AgencyId,
    previews: Iterable[tuple[ContentKey, bytes]] = (),
) -> Draft:
    """Return the draft as it travels: its core sealed under one key, its details, if any, under that of its part.

    `previews`: for agencies that are only offered the case, each with the key of the offer.
    """
    core, details = sections_of(event, detailed=part_key is not None)
    sealed = [(core_key, core), (part_key, details), *previews]
    sections = [
        b"" if key is None or content is None else seal(key, content, agency=agency, id=draft.event_id)
        for key, content in sealed
    ]
    data = LINE_FEED.join(sections if len(sections) > 2 or sections[1] else sections[:1])
    return replace(draft, data=data, content_type=SECTIONS_TYPE)


def keyed(key: ContentKey, request_digest: str | None) -> str | None:
    """Return the keyed digest of a request. Without the case's key nobody can test guesses of the request."""
    return None if request_digest is None else key.digest("stafett request v1", request_digest).hex()


def is_the_same_request(keys: Keys, prior: OutboxRow, request_digest: str | None) -> bool:
    """Return whether the request is the one that was stored.

    True also when the case was erased: without its keys the two cannot be compared.
    """
    draft = load(prior)
    if draft.content_type != SEALED_TYPE:
        return prior.request_digest == request_digest
    fitting = [key for key in keys if key.kid == kid_of(draft.data)]
    return not fitting or prior.request_digest in [keyed(key, request_digest) for key in fitting]


def dump(draft: Draft) -> bytes:
    """Return the draft in the form in which the store keeps it."""
    return orjson.dumps({**values(draft), "data": draft.data.decode()})


def load(row: OutboxRow) -> Draft:
    """Return the draft in a row of the outbox."""
    content = orjson.loads(row.draft)
    content["recorded_at"] = datetime.fromisoformat(content["recorded_at"])
    return Draft(**{**content, "data": content["data"].encode()})
