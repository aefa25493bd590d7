"""Starts the whole bus in a folder, plays the sample cases, says where everything is, and stays."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from stafett.broker import is_free
from stafett.claim import AlreadyRunningError
from stafett.demo import first_told, table, tell_all
from stafett.embedded import DEFAULT, Embedded
from stafett.telling import StoryError

_WARNING = "Warning: these services believe a development issuer; whoever can read its folder can act as anybody."
_ENDING = (signal.SIGINT, signal.SIGTERM)


def up(home: Path, first_port: int) -> int:
    """Run until interrupted. A second run over the same folder finds everything as it was.

    The services listen from `first_port` on, where those are free; 0: any free ones.
    """
    began = time.monotonic()
    for number in _ENDING:
        signal.signal(number, _interrupt)
    wanted = range(first_port, first_port + len(DEFAULT)) if first_port else ()
    ports = {agency: port for agency, port in zip(DEFAULT, wanted, strict=False) if is_free(port)}
    bus = Embedded(home.resolve(), ports=ports, keeps_time=True)
    try:
        with bus:
            print(f"{len(bus.services)} services ready in {time.monotonic() - began:.1f} s\n", flush=True)
            run_file = bus.write_run_file()
            print(f"\n{_told(bus)}\n")
            for agency in bus.agencies:
                print(f"  {agency:<21} {bus.url(agency)}   (documents: /openapi.json, /asyncapi.json)")
            print(f"  {'broker':<21} {bus.broker.url}\n\nAddresses, tokens and credentials: {run_file}")
            print(_WARNING)
            print("Stop with Ctrl-C.", flush=True)
            _stay(bus)
    except AlreadyRunningError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Everything is kept in", home)
    return 0


def _told(bus: Embedded) -> str:
    """The table of the sample cases, or why they cannot be told: what else is on the bus is there all the same."""
    try:
        return table(tell_all(bus.run_file(), first_told(bus.folder), _say))
    except StoryError as error:
        return f"The sample cases could not be told to the end. {error}"


def _say(line: str) -> None:
    print(line, flush=True)


def _interrupt(number: int, frame: object) -> None:
    """Stop once: an impatient second signal must not leave a broker behind."""
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def _stay(bus: Embedded) -> None:
    """Stay, and start again whatever ends."""
    while True:
        time.sleep(1)
        for agency, process in list(bus.services.items()):
            if not process.is_alive():
                print(f"{agency} ended; starting it again", flush=True)
                bus.start_service(agency)
        for broker in bus.brokers:
            if broker.process is not None and broker.process.poll() is not None:
                print("the broker ended; starting it again", flush=True)
                bus.start_broker(broker)
