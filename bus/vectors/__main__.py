"""Write or check the vectors; see `files`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bus.vectors.files import drifted, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or check them: name those that differ from the code, and return 1."""
    parser = argparse.ArgumentParser(prog="python -m bus.vectors", description=__doc__)
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--write", action="store_true", help="write every file of vectors")
    wish.add_argument("--check", action="store_true", help="fail when a file is missing or differs")
    if parser.parse_args(arguments).write:
        write()
        return 0
    found = drifted()
    for path in found:
        sys.stderr.write(f"vectors/{path.name} differs from the code: run `python -m bus.vectors --write`\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
