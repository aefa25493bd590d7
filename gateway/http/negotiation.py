"""Content negotiation: the representation that a caller prefers, by Accept and Accept-Language (RFC 9110)."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(header: str, offered: Sequence[str]) -> str:
    """The offered representation with the highest weight in the header; of several, the first.

    When the header accepts none of them, it is the first that is offered.

    Args:
        header: the value of an Accept or Accept-Language header.
        offered: the representations (media types or languages) that the route has, the default first.
    """
    wanted = [_weighed(part) for part in header.lower().split(",") if part.strip()]
    return max(offered, key=lambda one: _weight(wanted, one.lower()))


def _weight(wanted: Sequence[tuple[str, float]], offered: str) -> float:
    """The weight (0 to 1) of the most specific range that covers the offered representation; 0: none does."""
    fitting = [(len(name), weight) for name, weight in wanted if _fits(name, offered)]
    return max(fitting, default=(0, 0.0))[1]


def _fits(name: str, offered: str) -> bool:
    of_its_kind = name.endswith("/*") and offered.startswith(name[:-1])
    return name in ("*", "*/*", offered) or of_its_kind or name.startswith(f"{offered}-")


def _weighed(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    weights = [value for key, _, value in (one.partition("=") for one in parameters) if key.strip() == "q"]
    try:
        return name, max(0.0, min(1.0, float(weights[0]))) if weights else 1.0
    except ValueError:
        return name, 0.0
