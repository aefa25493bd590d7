"""What commands print for a person to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.table import Table

from stafett.sample_cases.teller import Told

_WIDTH: Final = 140


def console(*, stderr: bool = False) -> Console:
    """Where commands print for a person: as wide as the terminal, and wide enough for a table where there is none."""
    found = Console(stderr=stderr, highlight=False, markup=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, markup=False, width=_WIDTH)


def table(told: list[Told]) -> Table:
    """What the participants see: a row for each case, and one for each participant where they differ."""
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
    """Whom to tell how the stories get on, as long as the block lasts: a line for each story.

    A terminal shows the step at which the present story is, in one line that changes. `steps`: a line for each of them.
    """
    printed = console(stderr=to_stderr)
    with printed.status("The sample cases") as status:

        def told(line: str) -> None:
            if steps or not line.startswith(" "):
                printed.print(line, soft_wrap=True)
            else:
                status.update(" ".join(line.split()))

        yield told
