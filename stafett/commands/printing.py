"""The output of commands for a person to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.table import Table

from stafett.sample_cases.teller import Told

_WIDTH: Final = 140


def console(*, stderr: bool = False) -> Console:
    """The console on which commands print: as wide as the terminal; without a terminal, wide enough for a table."""
    found = Console(stderr=stderr, highlight=False, markup=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, markup=False, width=_WIDTH)


def table(told: list[Told]) -> Table:
    """The views of the participants: one row for each case, and one for each participant when their views differ."""
    shown = Table("case", "version", "digest of what they see", "participants", box=None, pad_edge=False)
    for case in told:
        if case.agreed:
            digest = next(iter(case.views.values()))[:16]
            shown.add_row(case.name, str(case.version), digest, f"{', '.join(case.views)}: all agree")
        else:
            shown.add_row(case.name, str(case.version), "THEY DIFFER", "", style="bold red")
            for agency, digest in case.views.items():
                shown.add_row("", "", digest[:16], agency)
    return shown


@contextmanager
def stories_told(*, steps: bool, to_stderr: bool = False) -> Iterator[Callable[[str], None]]:
    """A function that prints the progress of the stories, as long as the block lasts: one line for each story.

    A terminal also shows the current step in a line that changes. `steps`: print a line for each step instead.
    """
    printed = console(stderr=to_stderr)
    with printed.status("The sample cases") as status:

        def told(line: str) -> None:
            if steps or not line.startswith(" "):
                printed.print(line, soft_wrap=True)
            else:
                status.update(" ".join(line.split()))

        yield told
