"""What an agency's user may do at the broker, by its duties and its consumers.

It may publish `case.*.<duty>.<agency>` and nothing else about cases, give keys and put personal records in its own
name, use its own consumers, and receive in its own inbox; it administers nothing. The national coordinator alone keeps
time and deletes keys and personal records.
"""

from __future__ import annotations

from collections.abc import Iterable

from bus.agency import Agency
from bus.broker.credentials import Rights
from bus.broker.deletable import KEYS, PERSONAL, granted_to, keys_consumer
from bus.log import STREAM
from contracts.agencies import COORDINATOR, AgencyId


def rights_of(agency: AgencyId, mandate: Agency) -> Rights:
    """An agency's rights, given its mandate."""
    publish = [f"case.*.{duty}.{agency}" for duty in sorted(mandate.duties)]
    publish += [f"$JS.API.STREAM.INFO.{STREAM}", f"$JS.API.STREAM.MSG.GET.{STREAM}"]
    publish += _consumer_rights(STREAM, f"replica-{agency}")
    publish += _confidential_rights(agency)
    if agency == COORDINATOR:
        publish += _eraser_rights()
    publish.append("need.*.*")
    return Rights(tuple(dict.fromkeys(publish)), (f"_INBOX_{agency}.>", "need.*.*"))


def _consumer_rights(stream: str, consumer: str) -> list[str]:
    creation = f"$JS.API.CONSUMER.CREATE.{stream}.{consumer}"
    return [creation, f"{creation}.>", *_existing_consumer_rights(stream, consumer)]


def _existing_consumer_rights(stream: str, consumer: str) -> list[str]:
    verbs = ("INFO", "DELETE", "MSG.NEXT")
    return [*(f"$JS.API.CONSUMER.{verb}.{stream}.{consumer}" for verb in verbs), f"$JS.ACK.{stream}.{consumer}.>"]


def _confidential_rights(agency: AgencyId) -> list[str]:
    """Grants are read through one consumer, whose filter the broker holds to the one in the subject of its creation.

    Personal records are read by subject. Who asks for another's gets ciphertext.
    """
    consumer = keys_consumer(agency)
    return [
        f"key.*.*.*.*.{agency}.*",
        f"$JS.API.CONSUMER.CREATE.{KEYS}.{consumer}.{granted_to(agency)}",
        *_existing_consumer_rights(KEYS, consumer),
        f"personal.*.*.*.{agency}",
        f"$JS.API.STREAM.MSG.GET.{PERSONAL}",
    ]


def _eraser_rights() -> Iterable[str]:
    """To carry out an erasure: find a case's subjects, look at one, delete it."""
    verbs = ("INFO", "MSG.GET", "MSG.DELETE")
    return (f"$JS.API.STREAM.{verb}.{stream}" for stream in (KEYS, PERSONAL) for verb in verbs)
