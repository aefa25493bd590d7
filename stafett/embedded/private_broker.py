"""A nats-server of the agencies' own, as a child process: on one machine, one server with accounts for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bus.operator.private_broker import MOST_SENT, private_accounts
from contracts.vocabulary.agencies import AgencyId
from stafett.embedded.broker import Broker

_ACCOUNTS: Final = "accounts.conf"


class PrivateServer(Broker):
    """The server. Everything goes in clear text over the loopback address."""

    @classmethod
    def over(cls, folder: Path, homes: Mapping[AgencyId, Path], told: Callable[[str], None] = print) -> PrivateServer:
        """The server over a folder, for agencies with these homes. `told`: see `private_accounts`."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / _ACCOUNTS).write_text(private_accounts(homes, told))
        return cls(folder, folder / _ACCOUNTS, name="private")

    def configuration(self) -> str:
        """The text of the server's configuration file."""
        return (
            "\n".join(
                [
                    f"server_name: {self.name}",
                    f'listen: "127.0.0.1:{self.port}"',
                    f'http: "127.0.0.1:{self.monitor_port}"',
                    f'pid_file: "{self.folder / "nats.pid"}"',
                    f"max_payload: {MOST_SENT}",
                    f'jetstream {{ store_dir: "{self.folder / "jetstream"}", sync_interval: {self.sync}',
                    f"max_file_store: {self.room()} }}",
                    f'include "{_ACCOUNTS}"',
                ]
            )
            + "\n"
        )
