"""A case as this agency reads it: the fields of the parts that it reads, a digest of each, and who reads which part."""

from __future__ import annotations

import orjson

from bus.case.case_replica import CaseReplica
from contracts.view.case_view import PART_OF, CaseView
from contracts.vocabulary.parts import Part
from gateway.http.case_fields import CaseAsRead
from gateway.http.entity_tags import awaited, entity_tag


def shown(case: CaseReplica) -> tuple[bytes, str]:
    """The JSON of a case as this agency reads it, and its entity tag."""
    view: CaseView = case.view
    added = CaseAsRead(
        digest=view.digest,
        digests={part: view.digest_of(part) for part in sorted({*PART_OF.values()} & case.parts)},
        parts=tuple(sorted(case.parts)),
        awaits=awaited(case),
        readers={agency: tuple(sorted(parts)) for agency, parts in sorted(case.readers.items())},
    )
    content = view.canonical_json(Part.CORE, *case.parts)[:-1] + b"," + orjson.dumps(added.model_dump(mode="json"))[1:]
    return content, entity_tag(added.digest, added.awaits)
