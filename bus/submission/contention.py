"""Appends to a case that other agencies write to at the same time.

The broker takes our event only if the last message about the case is the one that we name.
"""

from __future__ import annotations

from typing import Final

from bus.case.case_replica import Chain
from bus.envelope.envelope import Envelope
from bus.nats.log import Appended, NotAppended
from bus.submission.issuing import Issuing

_IN_VAIN: Final = 3
"""After this many conflicts with messages that joined no chain, our append is conditional on our own messages only."""


class Contention:
    """The attempts to append one event. An agency that floods the case with invalid messages cannot block them."""

    def __init__(self, issuing: Issuing, case_id: str) -> None:
        self._issuing = issuing
        self._case_id = case_id
        self._found: int | None = None  # the case's last sequence, if its last messages joined no chain
        self._placed: Chain | None = None
        self._in_vain = 0
        self._own = False

    async def append(self, envelope: Envelope, chain: Chain) -> Appended | NotAppended:
        """Append the event that was placed on this chain. On return the replica has read the outcome.

        Raises BrokerAwayError when the outcome cannot be learned now.
        """
        self._in_vain += chain == self._placed  # only messages that joined no chain came in between
        if self._in_vain == _IN_VAIN and not self._own:  # from here on only the check of the chain protects the order
            self._own, self._found = True, await self._issuing.last(self._case_id, own=True)
        expected = chain.sequence if self._found is None else self._found
        outcome = await self._issuing.log.append(envelope, expected, own=self._own)
        self._found = await self._issuing.look(self._case_id, expected, outcome, own=self._own)
        self._placed = chain
        return outcome

    def came_second(self, chain: Chain) -> bool:
        """Return whether another event took the place in the chain before the event that we appended last."""
        return self._own and chain != self._placed
