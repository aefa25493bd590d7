"""The rights of an agency's user at the broker, derived from the agency's duties.

About cases it may publish `case.*.<duty>.<agency>` only. In its own name it may put grants and personal records, and
ask and answer questions about lost messages. It may use its own consumers and its own inbox. It administers nothing.
Only the national coordinator may delete grants and personal records.

A further program of an agency has the same rights, with consumers of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bus.directory.directory import DIRECTORY_ID
from bus.mandate import Mandate
from bus.nats.erasable_streams import KEYS, PERSONAL, granted_to, keys_consumer
from bus.nats.following import deliveries_to
from bus.nats.log import STREAM
from bus.operator.accounts import OWN, PROGRAM, Rights
from contracts.vocabulary.agencies import COORDINATOR, AgencyId

NEEDS: Final = "need.*.*.*"
"""`need.<first>.<last>.<asker>`: an agency asks all others for these sequences of the log."""

NATIONAL: Final = "national-coordinator"


def found_by_others(agency: str) -> str:
    """Return the filter for the answers to an agency: `found.<agency>.<first sequence>.<answerer>`."""
    return f"found.{agency}.*.*"


def scope_of(agency: AgencyId, mandate: Mandate, *, program: bool = False) -> str:
    """Return the name of an agency's scope: its kind, because all agencies of one kind have the same mandate.

    `program`: True for the scope of the agency's further programs.
    """
    scope = NATIONAL if agency == COORDINATOR else str(mandate.kind)
    return f"{scope}-program" if program else scope


def rights_of(agency: AgencyId, mandate: Mandate, name: str = OWN, *, program: bool = False) -> Rights:
    """Return an agency's rights by its mandate. `name`: the agency's name in the subjects, by default a placeholder.

    `program`: True for the rights of the agency's further programs, whose consumers have the program's name too.
    """
    # No agency's name contains an underscore, so no program's consumer has the name of another agency's.
    reader = f"{name}_{PROGRAM}" if program else name
    publish = [f"case.*.{duty}.{name}" for duty in _names(mandate.roles)]
    publish += [f"case.{DIRECTORY_ID}.{duty}.{name}" for duty in _names(mandate.directory_roles)]
    publish += [f"$JS.API.STREAM.INFO.{STREAM}", f"$JS.API.STREAM.MSG.GET.{STREAM}"]
    publish += _consumer_rights(STREAM, f"replica-{reader}")
    publish += _confidential_rights(name, reader)
    publish += [f"need.*.*.{name}", f"found.*.*.{name}"]
    if agency == COORDINATOR:
        publish += _eraser_rights()
    listened_to = (f"_INBOX_{name}.>", f"{deliveries_to(name)}.*", NEEDS, found_by_others(name))
    return Rights(tuple(dict.fromkeys(publish)), listened_to, tuple(_off_the_directory(mandate, name)))


def _names(events: Iterable[type]) -> list[str]:
    return sorted(event.__name__ for event in events)


def _off_the_directory(mandate: Mandate, name: str) -> list[str]:
    """Return the subjects on which an agency may not publish its case events: those of the directory.

    Such messages would be invalid there, and only noise.
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


def _confidential_rights(agency: str, reader: str) -> list[str]:
    """Return the rights on KEYS and PERSONAL. `reader`: whose consumer it is, the agency's or a program's.

    An agency reads grants through one consumer; the broker enforces the filter in the subject that creates it. It reads
    personal records by their subject; it can read all of them, but they are ciphertext.
    """
    consumer = keys_consumer(reader)
    return [
        f"key.*.*.*.*.{agency}.*",
        f"$JS.API.CONSUMER.CREATE.{KEYS}.{consumer}.{granted_to(agency)}",
        *_existing_consumer_rights(KEYS, consumer),
        f"personal.*.*.*.{agency}",
        f"$JS.API.STREAM.MSG.GET.{PERSONAL}",
    ]


def _eraser_rights() -> Iterable[str]:
    """Return the rights for an erasure: to list a case's subjects, to read a message, and to delete it."""
    verbs = ("INFO", "MSG.GET", "MSG.DELETE")
    return (f"$JS.API.STREAM.{verb}.{stream}" for stream in (KEYS, PERSONAL) for verb in verbs)
