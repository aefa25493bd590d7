"""The gateways of some agencies over one real bus, called in this process.

async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
    answer = await at["ngo-fyren"].post("/v1/cases", DETECTION)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt

from bus.nats.private_broker import PrivateBrokerSettings
from bus.node import Node
from bus.operator.private_broker import SERVICE_KEY
from gateway.app import GatewayApp, create_app
from gateway.auth import DevelopmentIssuer, TokenVerifier
from gateway.outside.settings import OutsideSettings
from gateway.webhooks.target import Sender
from harness.bus import Bus
from stafett.embedded.private_broker import PrivateServer

OUTSIDE = OutsideSettings("https://answers.example", "+46 8 123 45 67")
ISSUER = "urn:x-stafett:test-issuer"


def _now() -> datetime:
    return datetime.now(UTC)


def of_a_system(issuer: DevelopmentIssuer, agency: str, now: datetime, *scopes: str, **more: Any) -> str:
    """A token of a client on its own account, with these scopes."""
    claims: dict[str, Any] = {"iss": ISSUER, "aud": agency, "sub": "intake", "client_id": "intake"}
    claims |= {"scope": " ".join(scopes), "exp": int(now.timestamp()) + 3600, **more}
    key = issuer._private
    return jwt.encode({"alg": "Ed25519", "kid": key.thumbprint()}, claims, key, algorithms=["Ed25519"])


@dataclass
class Gateway:
    """One agency's gateway, and how to call it: as a caseworker where no role is named."""

    agency: str
    app: GatewayApp
    node: Node
    issuer: DevelopmentIssuer
    http: httpx.AsyncClient

    def authorised(self, roles: tuple[str, ...], subject: str = "somebody") -> dict[str, str]:
        """The header of somebody with these roles."""
        token = self.issuer.issue(self.agency, subject, roles or ("caseworker",), timedelta(hours=1))
        return {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, *roles: str, **headers: str) -> httpx.Response:
        """The answer to a question."""
        return await self.http.get(path, headers=self.authorised(roles) | _named(headers))

    async def post(self, path: str, body: Any, *roles: str, **headers: str) -> httpx.Response:
        """The answer to what is sent."""
        return await self.http.post(path, json=body, headers=self.authorised(roles) | _named(headers))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@asynccontextmanager
async def gateways(
    bus: Bus, folder: Path, *agencies: str, private: PrivateServer | None = None, sender: Sender | None = None
) -> AsyncIterator[dict[str, Gateway]]:
    """The gateways of these agencies of the bus, or of all; their nodes start and stop with them.

    `private`: the server of the private subjects, if they have one. `sender`: how they send to webhooks.
    """
    issuer = DevelopmentIssuer.load_or_create(folder / "issuer", issuer=ISSUER)
    found = {}
    async with AsyncExitStack() as stack:
        for agency in agencies or bus.agencies:
            node = Node(bus.settings(agency), bus.mandates[agency], now=_now, new_id=lambda: str(uuid4()))
            verifier = TokenVerifier.from_file(issuer.jwks, issuer=ISSUER, audience=agency)
            key = bus.layout.home(agency) / SERVICE_KEY
            own = None if private is None else PrivateBrokerSettings((private.url,), key)
            app = create_app(
                node,
                bus.mandates[agency],
                verifier=verifier,
                clock=_now,
                outside=OUTSIDE,
                private_broker=own,
                sender=sender,
            )
            bus.nodes[agency] = node
            stack.callback(bus.nodes.pop, agency, None)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app)
            http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://gateway"))
            found[agency] = Gateway(agency, app, node, issuer, http)
        await bus.ready()
        yield found
