"""The health of a node in plain words: "not ready" stops the service; "degraded" asks a person to look."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bus.privacy.refused_grants import RefusedGrant
from bus.replica.losses import Losses
from bus.sealing.keyring import Keyring
from bus.store import Kind, Obligation, Store

_FAILING_FOR: Final = 3.0
_NAMED: Final = 3
_UNDONE_FOR: Final = 5.0

_WORDS: Final = {
    Kind.DELIVER: "an event is not delivered",
    Kind.GRANT: "a key is not given",
    Kind.CONSENT: "a change of consent is not followed",
    Kind.LOOK: "a key is missing, as is right where we have left (otherwise another participant must grant it again)",
    Kind.ERASE: "an erasure is not carried out",
    Kind.WITHDRAW: "nobody is asked to delete our closed grants",
    Kind.DELETE: "closed grants are not deleted",
    Kind.RELEASE: "kept records of an erased case are not destroyed after their last day",
    Kind.CLOCK: "a clock has stopped",
    Kind.REACT: "a reaction fails",
    Kind.PUT_BACK: "events are not put back into the log",
    Kind.FILL: "nobody has given what the log lost",
    Kind.REPAIR: "a case is not in the store as it was written",
}
_NO_LOOK: Final = "the grants to us are not read again"


@dataclass(frozen=True, slots=True)
class NodeHealth:
    """The node's health now. The trouble of each part is said in plain words; None means that the part is well.

    Attributes:
        broker: The trouble with the broker or with the session.
        store: The trouble with the store.
        replica: The trouble with the replica.
        agency: The trouble with the agency's own entry in the directory.
        degraded: Faults that a person should look at, though the service is ready.
        lists: The progress of a rebuild of the lists, or None. During a rebuild the lists show the rows they have.
    """

    broker: str | None
    store: str | None
    replica: str | None
    agency: str | None = None
    degraded: tuple[str, ...] = ()
    lists: str | None = None

    @property
    def ready(self) -> bool:
        """Return whether the service can be used."""
        return self.broker is None and self.store is None and self.replica is None and self.agency is None


async def degraded(
    store: Store,
    keyring: Keyring,
    losses: Losses,
    now: float,
    *,
    grants_move: bool,
    refused: Collection[RefusedGrant] = (),
) -> tuple[str, ...]:
    """Return the faults that a person should look at, in plain words.

    `now`: seconds since 1970. `grants_move`: False when the grants of keys to us are not being followed. `refused`: the
    grants to us that we could not take.
    """
    found: list[str] = []
    found += [_words(failing) for failing in await store.failing(now - _FAILING_FOR)]
    undone = await store.undone(now - _UNDONE_FOR)
    if undone is not None:
        found.append(f"what is owed is not being done: {undone.kind.value}{_case(undone)}")
    found += [
        f"a key of case {name[0]} in the store does not open; it is looked for among the grants to us"
        for name in list(keyring.damaged)[:3]
    ]
    found += [f"nobody has given what the log lost from {first} to {last}" for first, last in losses.unfilled[:3]]
    found += [
        f"a grant by {grant.granter} was not taken, {grant.reason}, case {grant.case_id}: {grant.granter} must grant "
        "the key anew, under another last number of the subject"
        for grant in islice(refused, _NAMED)
    ]
    if len(refused) > _NAMED:
        found.append(f"{len(refused) - _NAMED} more grants were not taken")
    if not grants_move:
        found.append("the grants of keys to us are not followed")
    return tuple(found)


def _words(owed: Obligation) -> str:
    state = "a person has to look" if owed.parked else f"tried {owed.attempts} times"
    what = _NO_LOOK if owed.kind is Kind.LOOK and not owed.case_id else _WORDS[owed.kind]
    return f"{what}{_case(owed)}: {owed.trouble and f'{owed.trouble}, '}{state}"


def _case(owed: Obligation) -> str:
    return f", case {owed.case_id}" if owed.case_id else ""
