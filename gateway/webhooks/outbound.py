"""The addresses that a webhook may reach. By default those of the public internet, and no other.

A name is resolved once for each message, and the connection goes to the address that was judged. So a name that
resolves to another address a moment later changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final, Self

from gateway.settings import SettingsError

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Returns the addresses of a host. Raises OSError when it has none."""

PUBLIC: Final = "public"
_ALLOWED: Final = "STAFETT_WEBHOOK_NETWORKS"
_AUTHORITY: Final = "STAFETT_WEBHOOK_CA"
_GLOBAL_UNICAST: Final = ip_network("2000::/3")
_NEVER: Final = tuple(
    map(
        ip_network,
        (
            "168.63.129.16/32",  # the metadata and health service of a cloud, at a public address
            "192.0.0.0/24",  # protocols, and another cloud's metadata
            "192.88.99.0/24",  # relays to 6to4
            "2001::/23",  # Teredo, which holds an IPv4 address, and other protocols
            "2002::/16",  # 6to4, which holds one too
            "3fff::/20",  # documentation
        ),
    )
)

_threads = ThreadPoolExecutor(32, thread_name_prefix="webhook-resolver")
"""Apart from all others, because a name server that does not answer holds a thread for a while."""


class RefusedAddressError(Exception):
    """The host has an address that a webhook may not reach."""


@dataclass(frozen=True)
class Outbound:
    """The addresses that webhooks of a service may reach, and whose certificates it believes there.

    Attributes:
        public: True if all public addresses are among them.
        networks: other networks that are.
        authority: the file with an authority of the agency's own, believed beside the public ones; or None.
    """

    public: bool = True
    networks: tuple[Network, ...] = ()
    authority: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `public`, networks such as `10.1.0.0/16`, or several with commas between. Raises SettingsError."""
        parts = [part.strip() for part in environment.get(_ALLOWED, "").split(",") if part.strip()] or [PUBLIC]
        try:
            networks = tuple(ip_network(part) for part in parts if part != PUBLIC)
        except ValueError:
            raise SettingsError(f"{_ALLOWED} is {PUBLIC}, networks such as 10.1.0.0/16, or several of them") from None
        authority = environment.get(_AUTHORITY, "")
        if authority and not Path(authority).is_file():
            raise SettingsError(f"{_AUTHORITY} names no file")
        return cls(PUBLIC in parts, networks, Path(authority) if authority else None)

    def allows(self, text: str) -> bool:
        """Return whether a webhook may reach an address. `text`: an IPv4 or IPv6 address."""
        address = ip_address(text)
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self.networks):
            return True
        return self.public and _is_public(address)

    async def address(self, host: str, port: int, resolve: Resolve) -> str:
        """Return the address to connect to. Raises OSError, or RefusedAddressError when any address is not allowed."""
        found = await resolve(host, port)
        if not found:
            raise OSError("no address")
        if not all(map(self.allows, found)):
            raise RefusedAddressError
        return found[0]


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, as the machine finds them; also of `2130706433` and `0x7f.1`. Raises OSError."""

    def look_up() -> list[str]:
        return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, look_up)
    except UnicodeError as error:  # a name that is none
        raise OSError("not a name") from error


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False  # among them IPv4 in forms that a network may translate
    return not any(address in network for network in _NEVER)
