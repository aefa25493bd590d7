"""What an agency's user may do at the broker, by its duties and its consumers.

It may publish `case.*.<duty>.<agency>` and nothing else about cases, give keys and put personal records in its own
name, use its own consumers, receive in its own inbox, and ask and answer in its own name where somebody lacks a part of
the log; it administers nothing. The national coordinator alone deletes keys and personal records.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bus.directory.directory import DIRECTORY_ID
from bus.mandate import Mandate
from bus.nats.erasable_streams import KEYS, PERSONAL, granted_to, keys_consumer
from bus.nats.following import deliveries_to
from bus.nats.log import STREAM
from bus.operator.accounts import OWN, Rights
from contracts.vocabulary.agencies import COORDINATOR, AgencyId

NEEDS: Final = "need.*.*.*"
"""`need.<first>.<last>.<agency that asks>`: sequences of the log that the agency lacks, for all to hear."""

NATIONAL: Final = "national-coordinator"


def found_by_others(agency: str) -> str:
    """Where an agency hears what others found for it: `found.<agency>.<sequence>.<agency that answers>`."""
    return f"found.{agency}.*.*"


def scope_of(agency: AgencyId, mandate: Mandate) -> str:
    """The name under which an agency's rights stand: its kind, since all of one kind have the same mandate."""
    return NATIONAL if agency == COORDINATOR else str(mandate.kind)


def rights_of(agency: AgencyId, mandate: Mandate, name: str = OWN) -> Rights:
    """An agency's rights, given its mandate; `name`: how it is called in them."""
    publish = [f"case.*.{duty}.{name}" for duty in _names(mandate.roles)]
    publish += [f"case.{DIRECTORY_ID}.{duty}.{name}" for duty in _names(mandate.directory_roles)]
    publish += [f"$JS.API.STREAM.INFO.{STREAM}", f"$JS.API.STREAM.MSG.GET.{STREAM}"]
    publish += _consumer_rights(STREAM, f"replica-{name}")
    publish += _confidential_rights(name)
    publish += [f"need.*.*.{name}", f"found.*.*.{name}"]
    if agency == COORDINATOR:
        publish += _eraser_rights()
    listened_to = (f"_INBOX_{name}.>", f"{deliveries_to(name)}.*", NEEDS, found_by_others(name))
    return Rights(tuple(dict.fromkeys(publish)), listened_to, tuple(_off_the_directory(mandate, name)))


def _names(events: Iterable[type]) -> list[str]:
    return sorted(event.__name__ for event in events)


def _off_the_directory(mandate: Mandate, name: str) -> list[str]:
    """What an agency may say of cases it may not say in the directory's chain, where nothing but noise could come of
    it.
    """
    if not mandate.directory_roles:
        return [f"case.{DIRECTORY_ID}.>"]
    return [f"case.{DIRECTORY_ID}.{duty}.{name}" for duty in _names(mandate.roles)]


def _consumer_rights(stream: str, consumer: str) -> list[str]:
    creation = f"$JS.API.CONSUMER.CREATE.{stream}.{consumer}"
    return [creation, f"{creation}.>", *_existing_consumer_rights(stream, consumer)]


def _existing_consumer_rights(stream: str, consumer: str) -> list[str]:
    verbs = ("INFO", "DELETE", "MSG.NEXT")
    acknowledged = (f"$JS.ACK.{stream}.{consumer}.>", f"$JS.FC.{stream}.{consumer}.>")
    return [*(f"$JS.API.CONSUMER.{verb}.{stream}.{consumer}" for verb in verbs), *acknowledged]


def _confidential_rights(agency: str) -> list[str]:
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
