"""The variables that a service and the commands read from the environment, with their meanings and defaults.

Nothing else in `stafett.service` reads the environment. Each variable that is missing or wrong gives one line of error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict

from bus.nats.private_broker import PrivateBrokerSettings
from bus.nats.tls import Tls
from bus.operator.private_broker import SERVICE_KEY
from bus.sealing.vault import VARIABLE
from bus.settings import BusSettings
from contracts.sweden.geography import files
from gateway.auth import TokenSettings
from gateway.middleware.limits import Limits
from gateway.middleware.metrics_door import MetricsDoor
from gateway.outside.settings import OutsideSettings
from gateway.settings import SettingsError
from gateway.webhooks.outbound import Outbound

__all__ = ["ServiceSettings", "SettingsError", "store_at", "store_settings"]

_PREFIX: Final = "STAFETT_"
_STORE: Final = ("PERSISTENCE_MODULE", "POSTGRES_", "SQLITE_")


def _parts(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _some(parts: tuple[str, ...]) -> tuple[str, ...]:
    if not parts:
        raise ValueError("none is named")
    return parts


_Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]
_Some = Annotated[_Listed, AfterValidator(_some)]


class _Given(EnvSettingsSource):
    """Reads variables from a given mapping, in the way in which pydantic reads those of the process."""

    def __init__(self, settings: type[BaseSettings], environment: Mapping[str, str]) -> None:
        self._environment = environment
        super().__init__(settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environment.items() if value or not self.env_ignore_empty}


class StoreVariables(BaseSettings):
    """The variables by which a command finds one agency's store without its service."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    home: Path = Field(description="the agency's own folder, with its keys")
    root: Path = Field(description="the file root.pub, which provisioning wrote")
    postgres_password_file: Path | None = Field(None, description="a file with the database's password")

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables. Raises SettingsError, with one line for each variable that is missing or wrong."""
        try:
            return cls.model_validate(_Given(cls, environment)())
        except ValidationError as error:
            lines = (_line(cls, dict(each)) for each in error.errors(include_input=False, include_url=False))
            raise SettingsError("\n".join(lines)) from None

    def store(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The variables with which eventsourcing opens the store; the password comes from its file, if one is named.

        Raises SettingsError when that file cannot be read.
        """
        store = {name: value for name, value in environment.items() if name.startswith(_STORE)}
        if self.postgres_password_file is not None:
            try:
                store["POSTGRES_PASSWORD"] = self.postgres_password_file.read_text().strip()
            except OSError as error:
                raise SettingsError(
                    f"STAFETT_POSTGRES_PASSWORD_FILE: {self.postgres_password_file} cannot be read ({error.strerror})"
                ) from None
        return store


class Variables(StoreVariables):
    """The variables of a service."""

    nats_url: _Some = Field(description="the brokers' addresses, comma-separated, such as tls://nats-1:4222")
    nats_monitor: _Listed = Field((), description="the monitoring addresses of all brokers, comma-separated")
    nats_ca: Path | None = Field(None, description="who signed the brokers' certificates")
    nats_cert: Path | None = Field(None, description="the certificate to show them")
    nats_key: Path | None = Field(None, description="its key")
    private_broker: _Listed = Field((), description="the addresses of the agency's own broker, for its own systems")
    private_ca: Path | None = Field(None, description="who signed the certificate of the agency's own broker")
    subscribers: _Listed = Field((), description="the agency's own subscribers, each module:object, comma-separated")
    host: str = Field("127.0.0.1", description="where the service listens")
    port: int = Field(8080, ge=0, le=65535, description="the port on which the service listens")
    issuer: str = Field(description="the https address of the OpenID provider whose tokens the service believes")
    keeps_time: bool = Field(True, description="false where the service must never say that something ran out")
    data: Path = Field(files.DATA, description="a folder with your own municipalities.csv and the like")

    @property
    def tls(self) -> Tls | None:
        """The TLS files that the variables name; None: no authority is named, and those in the agency's home count."""
        return None if self.nats_ca is None else Tls(self.nats_ca, self.nats_cert, self.nats_key)

    @property
    def own_broker(self) -> PrivateBrokerSettings | None:
        """The agency's own broker, if one is named."""
        if not self.private_broker:
            return None
        tls = None if self.private_ca is None else Tls(self.private_ca)
        return PrivateBrokerSettings(self.private_broker, self.home / SERVICE_KEY, tls)


def _line(variables: type[StoreVariables], error: dict[str, Any]) -> str:
    name = str(error["loc"][0]).lower().removeprefix(_PREFIX.lower())
    variable, meaning = f"{_PREFIX}{name.upper()}", variables.model_fields[name].description
    if error["type"] == "missing":
        return f"{variable} is not set: {meaning}"
    return f"{variable} cannot be used ({error['msg']}): {meaning}"


@dataclass(frozen=True)
class ServiceSettings:
    """The settings of one agency's service.

    Attributes:
        bus: its place on the bus.
        host: the address on which it listens.
        port: the port on which it listens.
        tokens: whose tokens it believes.
        data: the folder with the Swedish geography and contacts.
        limits: how often and how much at once callers may ask.
        metrics_door: who may read the metrics.
        outside: how agencies outside the bus reach the service.
        private_broker: the agency's own broker, or None.
        outbound: the addresses that webhooks may reach.
        subscribers: the names of the agency's own subscribers.
    """

    bus: BusSettings
    host: str
    port: int
    tokens: TokenSettings
    data: Path
    limits: Limits
    metrics_door: MetricsDoor
    outside: OutsideSettings
    private_broker: PrivateBrokerSettings | None
    outbound: Outbound
    subscribers: tuple[str, ...]

    @classmethod
    def from_environment(cls, agency: str, environment: Mapping[str, str] = os.environ) -> ServiceSettings:
        """Read the settings from the variables. Raises SettingsError, which tells the operator what to set."""
        variables = Variables.read(environment)
        bus = BusSettings(
            agency=agency,
            home=variables.home,
            root=variables.root,
            servers=variables.nats_url,
            monitors=variables.nats_monitor,
            store=variables.store(environment),
            secrets=_secrets(environment),
            tls=variables.tls,
            keeps_time=variables.keeps_time,
        )
        tokens = TokenSettings.from_environment(agency, environment)
        return cls(
            bus,
            variables.host,
            variables.port,
            tokens,
            variables.data,
            limits=Limits.from_environment(environment),
            metrics_door=MetricsDoor.from_setting(environment.get("STAFETT_METRICS", "")),
            outside=OutsideSettings.from_environment(environment),
            private_broker=variables.own_broker,
            outbound=Outbound.from_environment(environment),
            subscribers=variables.subscribers,
        )


def store_settings(agency: str, environment: Mapping[str, str] = os.environ) -> BusSettings | None:
    """The settings of an agency's store by its service's variables; None when they name no folder.

    Raises SettingsError when a variable is missing or wrong.
    """
    if not environment.get(f"{_PREFIX}HOME"):
        return None
    variables = StoreVariables.read(environment)
    return store_at(agency, variables.home, variables.root, environment)


def store_at(agency: str, home: Path, root: Path, environment: Mapping[str, str] = os.environ) -> BusSettings:
    """The settings of an agency's store in a folder, or in the database that the variables name."""
    variables = StoreVariables.read({**environment, f"{_PREFIX}HOME": str(home), f"{_PREFIX}ROOT": str(root)})
    return BusSettings(agency, home, root, (), (), variables.store(environment), secrets=_secrets(environment))


def _secrets(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name == VARIABLE}
