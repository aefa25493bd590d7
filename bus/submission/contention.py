"""Appending to a case that others write to meanwhile: the broker takes an event after the message that we name."""

from __future__ import annotations

from typing import Final

from bus.case.case_replica import Chain
from bus.envelope.envelope import Envelope
from bus.nats.log import Appended, NotAppended
from bus.submission.issuing import Issuing

_IN_VAIN: Final = 3
"""After so many conflicts with messages that joined no chain, an append minds no messages but our own."""


class Contention:
    """The attempts to append one event. Whoever writes worthless messages about its case must not keep us out."""

    def __init__(self, issuing: Issuing, case_id: str) -> None:
        self._issuing = issuing
        self._case_id = case_id
        self._found: int | None = None  # messages that joined no chain stand behind the chain's last event
        self._placed: Chain | None = None
        self._in_vain = 0
        self._own = False

    async def append(self, envelope: Envelope, chain: Chain) -> Appended | NotAppended:
        """Append the event that was placed on this chain; on return the replica knows what came of it.

        Raises BrokerAwayError when that cannot be learned now.
        """
        self._in_vain += chain == self._placed  # nothing but worthless messages came between
        if self._in_vain == _IN_VAIN and not self._own:  # from here on the chain alone decides
            self._own, self._found = True, await self._issuing.last(self._case_id, own=True)
        expected = chain.sequence if self._found is None else self._found
        outcome = await self._issuing.log.append(envelope, expected, own=self._own)
        self._found = await self._issuing.look(self._case_id, expected, outcome, own=self._own)
        self._placed = chain
        return outcome

    def came_second(self, chain: Chain) -> bool:
        """Whether somebody else's event came before the one that was appended last."""
        return self._own and chain != self._placed
