"""Changes an agency's SQLite store while its node is stopped, as a faulty disk or an intruder would.

No other test module names tables and columns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from harness.bus import Bus

EVENTS: Final = "stored_events"
HEADS: Final = "heads"
KEYS: Final = "content_keys"

IN_THE_DATA: Final = 0.9
"""This part of a stored event lies in its sealed data, which its hash covers; its signature lies about the middle."""


@contextmanager
def _opened(bus: Bus, agency: str) -> Iterator[sqlite3.Connection]:
    assert agency not in bus.nodes, "stop the node first"
    path = store_of(bus, agency)
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def store_of(bus: Bus, agency: str) -> Path:
    """The file of an agency's store."""
    return bus.layout.home(agency) / "store.db"


def size_of(bus: Bus, agency: str) -> int:
    """How many bytes an agency's store has on the disk, with what is not yet moved into its main file."""
    return sum(file.stat().st_size for file in bus.layout.home(agency).glob("store.db*"))


def flips_a_bit(bus: Bus, agency: str, case_id: str, version: int, *, at: float) -> None:
    """One bit of a stored event changes, at this part of its length."""
    with _opened(bus, agency) as store:
        where = (case_id, version)
        row = f"FROM {EVENTS} WHERE originator_id = ? AND originator_version = ?"
        ((state,),) = store.execute(f"SELECT state {row}", where).fetchall()
        changed = bytearray(state)
        changed[int(at * (len(changed) - 1))] ^= 1
        store.execute(
            f"UPDATE {EVENTS} SET state = ? WHERE originator_id = ? AND originator_version = ?",
            (bytes(changed), *where),
        )


def renumbers(bus: Bus, agency: str, case_id: str, version: int, to: int) -> None:
    """A stored event has another version in its row than in its envelope."""
    with _opened(bus, agency) as store:
        store.execute(
            f"UPDATE {EVENTS} SET originator_version = ? WHERE originator_id = ? AND originator_version = ?",
            (to, case_id, version),
        )


def hides_the_newest(bus: Bus, agency: str, case_id: str, previous: tuple[int, str, int]) -> None:
    """A case ends one event earlier, consistently. `previous`: version, hash and sequence of the event before."""
    version, digest, sequence = previous
    with _opened(bus, agency) as store:
        store.execute(f"DELETE FROM {EVENTS} WHERE originator_id = ? AND originator_version > ?", (case_id, version))
        store.execute(
            f"UPDATE {HEADS} SET version = ?, hash = ?, sequence = ? WHERE case_id = ?",
            (version, digest, sequence, case_id),
        )
        columns = {row[1] for row in store.execute(f"PRAGMA table_info({HEADS})")}
        if "log_version" in columns:
            store.execute(f"UPDATE {HEADS} SET log_version = ? WHERE case_id = ?", (version, case_id))


def hides_a_case(bus: Bus, agency: str, case_id: str) -> None:
    """A case is gone, as if it had never been."""
    with _opened(bus, agency) as store:
        store.execute(f"DELETE FROM {EVENTS} WHERE originator_id = ?", (case_id,))
        store.execute(f"DELETE FROM {HEADS} WHERE case_id = ?", (case_id,))


def damages_keys(bus: Bus, agency: str, case_ids: list[str]) -> None:
    """One byte changes in every wrapped key of these cases."""
    with _opened(bus, agency) as store:
        for case_id in case_ids:
            rows = store.execute(f"SELECT kid, granter, blob FROM {KEYS} WHERE case_id = ?", (case_id,)).fetchall()
            assert rows
            for kid, granter, blob in rows:
                changed = bytearray(blob)
                changed[-1] ^= 1
                store.execute(
                    f"UPDATE {KEYS} SET blob = ? WHERE case_id = ? AND kid = ? AND granter = ?",
                    (bytes(changed), case_id, kid, granter),
                )
