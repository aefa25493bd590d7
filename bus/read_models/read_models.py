"""The read models of one agency's store. They change in the same commit as the cases.

All their content comes from the store's own events, so they can be rebuilt at any time. During a rebuild the lists say
that they are not complete.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Final

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import Envelope
from bus.read_models import cases, changes, feed, feed_of_work
from bus.read_models.case_state import CaseState, Change, place_in_log
from bus.read_models.index_key import COMPARTMENT, IndexKey
from bus.sealing.keyring import Keyring
from bus.store import Store, Transaction
from bus.store.list_tables import CONTENT, FORGET_STATE, PUT_STATE, SCHEMA, STATE
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId

_FORGET_OTHER_KEYS: Final = """DELETE FROM content_keys
    WHERE case_id = :case_id AND compartment = :compartment AND kid <> :kid"""


class ReadModels:
    """Makes the changes of one agency's lists for the commits of its replica."""

    def __init__(self, agency: AgencyId, store: Store, keyring: Keyring) -> None:
        self.agency = agency
        self.index = IndexKey.new()
        self.rebuilt_through: str | None = None
        """The cursor of the rebuild, as `Rebuilding` writes it; None when the lists are complete."""
        self.session = token_hex(8)
        """The session that the feed's rows name; see `FeedRow`."""
        self._store = store
        self._keyring = keyring

    def begin_session(self) -> None:
        """Write the feed's rows in a new session from now on, because the store may have been rolled back."""
        self.session = token_hex(8)

    async def start(self) -> None:
        """Read the index key from the store. If it is missing, or the tables have another schema, begin a rebuild."""
        if not await self._known():
            await self.begin_anew()

    async def read(self) -> bool:
        """Read the index key from the store, and change nothing. Returns True if the lists are complete."""
        return await self._known() and self.rebuilt_through is None

    async def _known(self) -> bool:
        """Read the index key from the store; False: it is missing, or the tables have another schema."""
        state = {row["name"]: row["value"] for row in await self._store.query(STATE)}
        held = await self._keyring.own(DIRECTORY_ID, COMPARTMENT, self.agency)
        key = next((key for key in held if key.kid == state.get("index")), None)
        if key is None or state.get("schema") != SCHEMA:
            return False
        self.index = IndexKey(key)
        self.rebuilt_through = state.get("rebuilding")
        return True

    async def begin_anew(self) -> None:
        """Empty the read models and make a new index key. All cases are listed at once; `Rebuilding` fills the rest."""
        self.index = IndexKey.new()
        position = await self._store.position()
        incarnation = place_in_log(position.incarnation, 0)
        directory = await self._store.head(DIRECTORY_ID)
        own = {"case_id": DIRECTORY_ID, "compartment": COMPARTMENT, "kid": self.index.key.kid}
        state = {"schema": SCHEMA, "index": self.index.key.kid, "rebuilding": ""}
        more: list[Change] = [
            (_FORGET_OTHER_KEYS, [own]),
            *emptied(),
            *cases.seeded(incarnation),
            *feed.directory(self.session, 0 if directory is None else directory.version),
            *feed_of_work.without_a_case(self.session),
            (PUT_STATE, [{"name": name, "value": value} for name, value in state.items()]),
        ]
        wrapped = self._keyring.wrapped(self.index.key, self.agency)
        transaction = Transaction.of(more)
        transaction.put_keys([wrapped])
        await self._store.write(transaction)
        self.rebuilt_through = ""
        if position.sequence == 0:
            await self._store.write(Transaction.of(self.whole()))
            self.rebuilt_through = None

    def through(self, cursor: str) -> list[Change]:
        """Return the change that stores the cursor of the rebuild."""
        return [(PUT_STATE, [{"name": "rebuilding", "value": cursor}])]

    def whole(self) -> list[Change]:
        """Return the change that notes the end of the rebuild."""
        return [(FORGET_STATE, [{"name": "rebuilding"}])]

    def changes(self, before: CaseState, after: CaseState, envelope: Envelope, incarnation: int) -> list[Change]:
        """Return the changes after accepted events of a case; `envelope`: the last. See `bus.read_models.changes`."""
        place = place_in_log(incarnation, after.chain.sequence)
        return changes.changes(self.agency, self.index, before, after, envelope, place, self.session)

    def opened(self, case: CaseState, envelope: Envelope | None, incarnation: int) -> list[Change]:
        """Return the changes that put a whole case into the lists; `envelope`: its last event."""
        place = place_in_log(incarnation, case.chain.sequence)
        return changes.opened(self.agency, self.index, case, envelope, place, self.session)

    async def are_level(self, case: CaseState) -> bool:
        """Return whether the feed has told all of a case that it can."""
        if not isinstance(case.view, CaseView):
            return True
        rows = await self._store.query(feed.TOLD, case_id=case.view.case_id)
        return feed.is_level(self.agency, case, dict(rows[0]) if rows else None)


def emptied() -> list[Change]:
    """Return the changes that empty the read models."""
    return [(f"DELETE FROM {table}", [{}]) for table in CONTENT]  # noqa: S608 - constant tables
