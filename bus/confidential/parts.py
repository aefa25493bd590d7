"""What readings and erasures of confidential data work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bus.confidential.granting import Granting
from bus.log import Log
from bus.outbox import Outbox
from bus.replica import Replica
from bus.sealing.keyring import Keyring
from bus.store import Store
from contracts.agencies import AgencyId


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one agency's node."""

    agency: AgencyId
    log: Log
    store: Store
    replica: Replica
    outbox: Outbox
    keyring: Keyring
    granting: Granting
    now: Callable[[], datetime]
