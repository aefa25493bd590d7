"""The subjects and the stream of an agency's own broker, where its systems follow the feed and send commands.

`agency.<id>.<kind>.<name>.<case>` is in the stream; the case is the last token of each, so that all messages about a
case can be found and deleted. `agency.<id>.command.<event>` is a request. Pure.
"""

from __future__ import annotations

from typing import Final

from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from bus.nats.erasable_streams import DUPLICATES_WITHIN
from contracts.vocabulary.agencies import AgencyId

STREAM: Final = "FEED"
POSITION: Final = "Stafett-Position"
"""The header with the position up to which the stream tells the feed."""

MOST_CONSUMERS: Final = 100


def subject(agency: AgencyId, kind: str, name: str, case_id: str) -> str:
    """Return the subject of an entry. `kind`, `name`: such as `event` and `CaseReferred`."""
    return f"agency.{agency}.{kind}.{name}.{case_id}"


def commands(agency: AgencyId) -> str:
    """Return the filter of the commands to an agency's service."""
    return f"agency.{agency}.command.*"


def feed_stream(agency: AgencyId) -> StreamConfig:
    """Return the configuration of the stream. Only the agency's service writes to it and deletes from it."""
    return StreamConfig(
        name=STREAM,
        subjects=[subject(agency, "*", "*", "*")],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        max_consumers=MOST_CONSUMERS,
        duplicate_window=DUPLICATES_WITHIN,  # the expected sequence tells duplicates
        deny_purge=True,
        allow_rollup_hdrs=False,
        allow_direct=False,
    )


def rights_of_systems(agency: AgencyId) -> tuple[str, ...]:
    """Return the subjects on which an agency's systems may publish: their consumers of the stream, and commands.

    The stream itself is in another account, which these subjects alone reach. So no answer of the broker, whatever
    subject a request names for it, becomes a message of the stream.
    """
    verbs = ("CREATE", "DURABLE.CREATE", "INFO", "MSG.NEXT", "DELETE")
    return (
        *(f"$JS.API.CONSUMER.{verb}.{STREAM}.>" for verb in verbs),
        f"$JS.API.CONSUMER.CREATE.{STREAM}",
        f"$JS.API.STREAM.INFO.{STREAM}",
        "$JS.API.INFO",
        f"$JS.ACK.{STREAM}.>",
        commands(agency),
    )
