"""How many examples a property is tried with: so many by the `ci` profile, in proportion by the others.

`pytest --hypothesis-profile=fast` tries a tenth of them, `thorough` ten times as many.
"""

from __future__ import annotations

from typing import Any, Final

from hypothesis import settings

_USUAL: Final = 100
_LEAST: Final = 10


def register_profiles() -> None:
    """Let pytest know the profiles; `ci` holds unless another is asked for."""
    for name, usual in (("fast", _USUAL // 10), ("ci", _USUAL), ("thorough", _USUAL * 10)):
        settings.register_profile(name, max_examples=usual, deadline=None)
    settings.load_profile("ci")


def examples(count: int, **more: Any) -> settings:
    """Try a property with so many examples in the `ci` profile. `more`: as for hypothesis's own settings."""
    share = settings.default.max_examples if settings.default is not None else _USUAL
    return settings(max_examples=max(_LEAST, count * share // _USUAL), deadline=None, **more)
