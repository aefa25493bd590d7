"""Drafts: this agency's events on their way, as the outbox keeps them; sealed from their first moment on the disk.

Only the case's keys open a draft, so erasing the case takes what waited to be sent with it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import orjson

from bus.case.case_replica import CaseReplica
from bus.decider import decider_of
from bus.envelope.envelope import CONTENT_TYPE, SEALED_TYPE, Draft
from bus.sealing.content import ContentKey, kid_of, open_sealed, seal
from bus.sealing.keyring import Keys
from bus.store import OutboxRow
from bus.store.rows import values
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.agencies import AgencyId


def key_for_drafts(case: CaseReplica) -> ContentKey:
    """The key that the case's last event was sealed under; before there is one, the key that we made for the case."""
    return case.keys.current or case.keys.held[0]


def sealed_for(case: CaseReplica, event: PublishedEvent, *, agency: AgencyId, event_id: str) -> tuple[bytes, str]:
    """The event's data as it waits and travels, and its content type: sealed, where its type is."""
    content = event.model_dump_json().encode()
    if not event.sealed:
        return content, CONTENT_TYPE
    return seal(key_for_drafts(case), content, agency=agency, id=event_id), SEALED_TYPE


def content_of_draft(keys: Keys, draft: Draft, agency: AgencyId) -> bytes | None:
    """What is inside a draft of ours; None when the keys that open it are gone."""
    if draft.content_type != SEALED_TYPE:
        return draft.data
    kid = kid_of(draft.data)
    key = next((key for key in keys if key.kid == kid), None)
    return None if key is None else open_sealed(key, draft.data, agency=agency, id=draft.event_id)


def event_of_draft(keys: Keys, draft: Draft, agency: AgencyId) -> PublishedEvent | None:
    """The event that a draft of ours holds; None when the keys that open it are gone."""
    content = content_of_draft(keys, draft, agency)
    event: PublishedEvent | None = None if content is None else decider_of(draft.case_id).read(draft.type, content)
    return event


def sealed_anew(key: ContentKey, keys: Keys, draft: Draft, agency: AgencyId) -> Draft | None:
    """The draft under another key, for those who take part now; None when the keys that open it are gone."""
    if kid_of(draft.data) == key.kid:
        return draft
    content = content_of_draft(keys, draft, agency)
    return None if content is None else replace(draft, data=seal(key, content, agency=agency, id=draft.event_id))


def keyed(key: ContentKey, request_digest: str | None) -> str | None:
    """The digest of a request, by which nobody without the case's key can try what was in it."""
    return None if request_digest is None else key.digest("stafett request v1", request_digest).hex()


def is_the_same_request(keys: Keys, prior: OutboxRow, request_digest: str | None) -> bool:
    """Whether a request is the one that was stored; when its case was erased, nobody can tell any more."""
    draft = load(prior)
    if draft.content_type != SEALED_TYPE:
        return prior.request_digest == request_digest
    fitting = [key for key in keys if key.kid == kid_of(draft.data)]
    return not fitting or prior.request_digest in [keyed(key, request_digest) for key in fitting]


def dump(draft: Draft) -> bytes:
    """The draft as the store keeps it."""
    return orjson.dumps({**values(draft), "data": draft.data.decode()})


def load(row: OutboxRow) -> Draft:
    """The draft that stands in a row of the outbox."""
    content = orjson.loads(row.draft)
    content["recorded_at"] = datetime.fromisoformat(content["recorded_at"])
    return Draft(**{**content, "data": content["data"].encode()})
