"""Takes messages in as a node does, without a broker: checks, folds, commits and announces them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from bus.directory.directory import Directory
from bus.mechanism import Mechanism
from bus.nats.log import LogMessage
from bus.read_models.read_models import ReadModels
from bus.reconciler.obligations import Duties
from bus.replica.checking import check
from bus.replica.losses import Losses
from bus.replica.replica import Replica
from bus.sealing.keyring import Keyring
from bus.store import Store
from bus.submission.issuing import Issuing
from bus.submission.outbox import Outbox


def a_follower(store: Store, directory: Directory, keyring: Keyring, duties: Duties) -> tuple[Replica, Mechanism]:
    """A replica over a store, and the half of the mechanism that follows the log; it issues nothing."""
    read_models = ReadModels(duties.agency, store, keyring)
    replica = Replica(store, directory, keyring, duties, 10, read_models)
    issuing = SimpleNamespace(duties=duties, losses=Losses(store), now=lambda: datetime.now(UTC))
    return replica, Mechanism(cast(Issuing, issuing), cast(Outbox, None), replica, store)


async def take(mechanism: Mechanism, messages: Iterable[LogMessage], directory: Directory) -> None:
    """Take messages in."""
    await mechanism.take(await check(list(messages), directory))


def in_log(envelopes: Iterable[Any], start: int = 1) -> list[LogMessage]:
    """Envelopes as they stand in the log, one after another."""
    return [LogMessage(at, e.subject, dict(e.headers), e.data) for at, e in enumerate(envelopes, start)]
