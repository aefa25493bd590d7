"""The error of a service's settings, in words for its operator."""

from __future__ import annotations

from contracts.errors import StafettError


class SettingsError(StafettError):
    """A variable that is missing, or does not say what it must. The operator mends the one that the message names."""
