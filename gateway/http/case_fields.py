"""The fields that a case has over HTTP beside those of its view: what of it this agency reads, and who reads what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part
from gateway.http.response_models import ResponseModel, Sha256


class CaseAsRead(ResponseModel):
    """The fields that the response adds to those of the view. The fields of a part that we do not read are absent.

    Attributes:
        digest: SHA-256 of the canonical JSON of the core's fields. At one version every participant has the same.
        digests: the same of each other part that has fields in the view and that this agency reads.
        parts: the parts that this agency reads.
        awaits: the parts that it may read, but cannot follow until a key comes.
        readers: each participant, and the parts that it reads.
    """

    digest: Annotated[Sha256, Field(description="SHA-256 of the canonical JSON of the fields of the core.")]
    digests: Annotated[dict[Part, Sha256], Field(description="The same of each other part that this agency reads.")]
    parts: Annotated[tuple[Part, ...], Field(description="The parts of the case that this agency reads.")]
    awaits: Annotated[tuple[Part, ...], Field(description="The parts that it may read once their key has come.")]
    readers: Annotated[
        dict[AgencyId, tuple[Part, ...]], Field(description="Each participant, and the parts that it reads.")
    ]
