"""Buses that start at once on one machine choose different ports, though nobody listens on any of them yet."""

from __future__ import annotations

import os
import subprocess
import sys

from stafett.embedded.broker import free_port

AT_ONCE, EACH, RANGE = 3, 20, 100
CHOOSES = f"""
from stafett.embedded.broker import free_port
print(*(free_port() for _ in range({EACH})), flush=True)
input()
"""


def test_no_port_is_chosen_twice() -> None:
    """Of a hundred ports, three runs take twenty each, and hold them until they end."""
    first = int(os.environ.get("STAFETT_FREE_PORTS", "20000-31999").partition("-")[0])
    environment = os.environ | {"STAFETT_FREE_PORTS": f"{first}-{first + RANGE - 1}"}
    command = [sys.executable, "-c", CHOOSES]
    runs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
        for _ in range(AT_ONCE)
    ]
    chosen = [port for run in runs if run.stdout is not None for port in run.stdout.readline().split()]
    for run in runs:
        run.communicate("\n")
    assert len(set(chosen)) == len(chosen) == AT_ONCE * EACH


def test_a_process_gives_no_port_twice() -> None:
    """Not even long after, when its sign is gone."""
    chosen = [free_port() for _ in range(300)]
    assert len(set(chosen)) == len(chosen)
