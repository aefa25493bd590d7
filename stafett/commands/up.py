"""Starts the whole bus in a folder, plays the sample cases, prints the addresses, and runs until interrupted."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Final

from rich.table import Table

from stafett.commands.guard import guarded
from stafett.commands.printing import console, stories_told, table
from stafett.embedded.broker import is_free
from stafett.embedded.bus import DEFAULT, Embedded
from stafett.embedded.claim import AlreadyRunningError
from stafett.sample_cases.playing import first_told, tell_all
from stafett.sample_cases.teller import StoryError

_WARNING = "Warning: these services believe a development issuer; whoever can read its folder can act as anybody."
_ENDING = (signal.SIGINT, signal.SIGTERM)
_LONGEST_PAUSE: Final = 60.0
_RAN_WELL_FOR: Final = 60.0


def up(home: Path, first_port: int, *, steps: bool = False) -> int:
    """Run until interrupted. A second run over the same folder finds everything as it was.

    It names an agency that cannot get ready; the others go on. Returns 1 when the folder is in use.

    Args:
        home: the folder that keeps everything.
        first_port: the port of the first service; the others follow. A port that is taken is replaced by a free one; 0:
            any free ports.
        steps: print each step of the sample cases.
    """
    began = time.monotonic()
    for number in _ENDING:
        signal.signal(number, _interrupt)
    wanted = range(first_port, first_port + len(DEFAULT)) if first_port else ()
    intended = dict(zip(DEFAULT, wanted, strict=False))
    ports = {agency: port for agency, port in intended.items() if is_free(port)}
    bus = Embedded(home.resolve(), ports=ports, keeps_time=True, required=False, private=True)
    try:
        with bus:
            ready = len(bus.services) - len(bus.not_ready)
            print(f"{ready} services ready in {time.monotonic() - began:.1f} s\n", flush=True)
            if taken := [f"{port} ({agency})" for agency, port in intended.items() if agency not in ports]:
                _say(f"These ports are taken, so other ones are used: {', '.join(taken)}")
            for note in bus.notes:
                _say(note)
            run_file = bus.write_run_file()
            told = _told(bus, steps)
            console().print("", told, "", sep="\n")
            _say(_agencies(bus))
            print(f"\nAddresses, tokens and credentials: {run_file}")
            print(_WARNING)
            print("Stop with Ctrl-C.", flush=True)
            with guarded(bus.layout, [broker.url for broker in bus.brokers], _say):
                _stay(bus)
    except AlreadyRunningError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Everything is kept in", home)
    return 0


def _agencies(bus: Embedded) -> str:
    """The address of each agency's service, and the reason why it is not ready, if it is not."""
    lines = []
    for agency in bus.agencies:
        trouble = bus.not_ready.get(agency)
        line = f"  {agency:<21} {bus.url(agency)}"
        lines.append(line if trouble is None else f"{line}   NOT READY: {trouble}")
    lines += [
        f"  {'broker':<21} {bus.broker.url}",
        *([f"  {'private subjects':<21} {bus.private_server.url}"] if bus.private_server else []),
        "Each service describes itself at /openapi.json and /asyncapi.json.",
    ]
    return "\n".join(lines)


def _told(bus: Embedded, steps: bool) -> Table | str:
    """The table of the sample cases, or the reason why they cannot be told. The bus runs in either case."""
    if bus.not_ready:
        return f"The sample cases are not told: {', '.join(bus.not_ready)} could not take part."
    try:
        with stories_told(steps=steps) as progress:
            return table(tell_all(bus.run_file(), first_told(bus.folder), progress))
    except StoryError as error:
        return f"The sample cases could not be told to the end. {error}"


def _say(line: str) -> None:
    print(line, flush=True)


def _interrupt(number: int, frame: object) -> None:
    """Stop once, and ignore further signals: an impatient second Ctrl-C must not leave a broker running."""
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


class _Again:
    """Decides when to start an ended process again: at once, and after a longer pause each time that it ends soon."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._pause: dict[str, float] = {}

    def due(self, name: str) -> bool:
        """True if the ended process with this name should start now."""
        now, started = time.monotonic(), self._started.get(name, 0.0)
        if now - started > _RAN_WELL_FOR:
            self._pause[name] = 0.0
        if now - started < self._pause.get(name, 0.0):
            return False
        self._started[name] = now
        self._pause[name] = min(_LONGEST_PAUSE, max(1.0, 2 * self._pause.get(name, 0.0)))
        return True


def _stay(bus: Embedded) -> None:
    """Run for ever, and start every service and broker that ends again."""
    again = _Again()
    while True:
        time.sleep(1)
        for agency, process in list(bus.services.items()):
            if not process.is_alive() and again.due(agency):
                print(f"{agency} ended; starting it again", flush=True)
                bus.start_service(agency)
        for broker in bus.brokers:
            if broker.process is not None and broker.process.poll() is not None and again.due(broker.name):
                print("the broker ended; starting it again", flush=True)
                bus.start_broker(broker)
        server = bus.private_server
        ended = server is not None and server.process is not None and server.process.poll() is not None
        if server is not None and ended and again.due(server.name):
            print("the broker of the private subjects ended; starting it again", flush=True)
            bus.start_private_server()
