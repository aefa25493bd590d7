"""Closed grants: a grant is deleted at the broker when its recipient may no longer read what it opens.

Only an agency that reads the case knows that; only the national coordinator can delete. So the granter asks: it puts a
request beside the grants, addressed to the coordinator, and the coordinator deletes those grants and then the request.
It needs no key of the case. The broker lets each agency write in its own name alone, so nobody has another agency's
grants deleted. The grants of an agency that has left the case stay until the case is erased: they open to their
recipients only what was written while these took part.
"""

from __future__ import annotations

from typing import Final

from bus.nats.erasable_streams import KEYS, Closing, since_of
from bus.nats.log import Log
from bus.reconciler.reconciler import LaterError
from bus.replica.replica import Replica
from bus.store import Obligation, Store, Transaction
from contracts.privacy.readers import may_read_each
from contracts.vocabulary.agencies import AgencyId

_UNREADABLE: Final = 30.0


class ClosedGrants:
    """Has one agency's closed grants deleted; at the national coordinator, deletes those of all agencies."""

    def __init__(self, agency: AgencyId, *, log: Log, store: Store, replica: Replica) -> None:
        self._agency = agency
        self._log = log
        self._store = store
        self._replica = replica

    async def ask(self, owed: Obligation) -> Transaction | None:
        """WITHDRAW: ask for the deletion of our grants of a compartment to an agency, if it may no longer read that.

        Without a detail: of all our grants in the case to agencies that may no longer read what they open. Of a case
        that is only offered to us we do not know who may. Raises LaterError while we take part and cannot read it.
        """
        await self._replica.settled()
        case = await self._replica.case(owed.case_id)
        if case.previewed:
            return None
        if case.unreadable and case.takes_part(self._agency):
            raise LaterError(_UNREADABLE)
        readers = may_read_each(case.state)
        for compartment, recipient in await self._store.given_in(owed.case_id):
            asked = owed.detail in ("", f"{compartment}/{recipient}")
            if asked and recipient not in readers.get(compartment, ()):
                closing = Closing(owed.case_id, compartment, recipient, self._agency, case.chain.last_narrowing)
                await self._log.put(closing.subject, b"closed")
        return None

    async def delete(self, owed: Obligation) -> Transaction | None:
        """DELETE: delete the grants that a request names, and then the request. Only the coordinator has such a row."""
        closing = Closing.of(owed.detail)
        if closing is not None:
            for subject in await self._log.subjects(KEYS, closing.grants):
                if since_of(subject) < closing.since:
                    await self._log.delete(KEYS, subject)
        await self._log.delete(KEYS, owed.detail)
        return None
