"""What commands print for a person to read."""

from __future__ import annotations

from stafett.sample_cases.teller import Told


def table(told: list[Told]) -> str:
    """What every participant sees: a line for each case and participant."""
    width = max(len(case.name) for case in told)
    lines = [f"{'case':<{width}} version  {'participant':<21} digest of what it sees"]
    for case in told:
        for number, (agency, digest) in enumerate(case.views.items()):
            name, version = (case.name, str(case.version)) if number == 0 else ("", "")
            lines.append(f"{name:<{width}} {version:>7}  {agency:<21} {digest[:16]}")
        lines.append(f"{'':<{width}} {'':>7}  {'all agree' if case.agreed else 'THEY DIFFER'}")
    return "\n".join(lines)
