"""Why an event that is part of its chain has no effect: its content breaks its schema or a rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetAside:
    """`reason`: a short code; `detail`: the rule or what is wrong with the form. Never any content."""

    reason: str
    detail: str
