"""The words of both sides of an offer, for its recipient: the referrer's note, the questions and their answers."""

from __future__ import annotations

from typing import Any

import orjson

from bus.case.case_replica import CaseReplica
from bus.replica.replica import Replica
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from gateway.offers.schemas import AskedInOffer


async def words_of(replica: Replica, case: CaseReplica) -> tuple[str | None, tuple[AskedInOffer, ...]]:
    """The note of the offer to this agency, and what it asked; nothing in a case that is not only offered to it.

    It reads only the events that told the agency of an offer.
    """
    note, asked = None, dict[str, dict[str, Any]]()
    for version in case.previewed:
        async for entry in replica.part(case, version - 1, 1):
            if entry.content is None or entry.void is not None:
                continue
            name, said = entry.envelope.event_name, orjson.loads(entry.content)
            if name == OfferQuestionAsked.__name__:
                asked[entry.envelope.event_id] = {"about": said["about"], "question": said["question"], "answer": None}
            elif name == OfferQuestionAnswered.__name__ and said["question_id"] in asked:
                asked[said["question_id"]]["answer"] = said["answer"]
            elif "respond_by" in said:
                note, asked = said.get("note"), {}
    return note, tuple(AskedInOffer(question_id=one, **words) for one, words in asked.items())
