"""The error of a service's settings, in words for its operator."""

from __future__ import annotations

from contracts.errors import StafettError


class SettingsError(StafettError):
    """A variable is missing or has a bad value. The operator corrects the variable that the message names."""
