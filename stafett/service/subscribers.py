"""Finds the subscribers that `STAFETT_SUBSCRIBERS` names: objects in modules that are installed beside Stafett."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from bus.subscriber import Subscriber
from gateway.settings import SettingsError


def found(names: Sequence[str]) -> tuple[Subscriber, ...]:
    """The subscribers of these names, each `module:object`. Raises SettingsError when one cannot be had."""
    return tuple(map(_found, names))


def _found(name: str) -> Subscriber:
    module, _, attribute = name.partition(":")
    try:
        subscriber = getattr(import_module(module), attribute)
    except Exception as error:
        raise SettingsError(f"STAFETT_SUBSCRIBERS: {name} cannot be loaded ({type(error).__name__})") from error
    if not isinstance(subscriber, Subscriber):
        raise SettingsError(f"STAFETT_SUBSCRIBERS: {name} is no Subscriber")
    return subscriber
