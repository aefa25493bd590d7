"""The entity tag of a case: the digest of its core, with the parts whose key is awaited."""

from __future__ import annotations

from collections.abc import Iterable

from bus.case.case_replica import CaseReplica
from contracts.vocabulary.parts import Part


def awaited(case: CaseReplica) -> tuple[Part, ...]:
    """The parts that this agency may read and cannot follow until a key comes."""
    return tuple(sorted(case.readers.get(case.reader, frozenset()) - case.parts))


def entity_tag(digest: str, awaits: Iterable[Part]) -> str:
    """The tag, in its quotes. While no key is awaited it is the digest alone, which `If-Match` takes."""
    return f'"{"-".join((digest, *awaits))}"'
