"""The webhooks of one agency: their rows, their secrets, and the deliveries that are owed to them.

A subscriber in Python is a webhook whose messages go to a function in the service, and not to an address.

An entry of the feed becomes a delivery in the commit that moves the webhook's position past it, and stays a row until
its receiver has accepted it, it has become a dead letter, or it has nothing to tell any more. So a crash at any point
loses none. One that was accepted just before the crash is sent again, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bus.read_models.feed import FeedKind
from bus.sealing.content import ContentKey
from bus.sealing.keyring import Keyring
from bus.store import Store, Transaction
from bus.store import statements as store_statements
from bus.store.rows import values
from bus.webhooks import statements
from bus.webhooks.rows import SUBSCRIBER, MessageContent, Owing, Webhook, WebhookDelivery, WebhookStatus
from contracts.vocabulary.agencies import AgencyId

COMPARTMENT: Final = "webhook"
"""The compartment of the secrets among the keys of the store; their case is the webhook."""
_WHOLE_CASE: Final = frozenset({FeedKind.ERASED.value, FeedKind.LEFT.value})


class Webhooks:
    """Reads and changes the webhooks. All methods raise StoreError when the store fails.

    `now` and `new_id` are the node's: the seconds since 1970, and a new UUID.
    """

    def __init__(
        self, agency: AgencyId, *, store: Store, keyring: Keyring, now: Callable[[], float], new_id: Callable[[], str]
    ) -> None:
        self._agency = agency
        self._store = store
        self._keyring = keyring
        self._now = now
        self._new_id = new_id

    # The webhooks themselves

    async def all(self) -> list[Webhook]:
        """Return all webhooks, the oldest first."""
        return [Webhook.of(row) for row in await self._store.query(statements.ALL)]

    async def find(self, webhook_id: str) -> Webhook | None:
        """Return a webhook, or None."""
        rows = await self._store.query(statements.ONE, webhook_id=webhook_id)
        return Webhook.of(rows[0]) if rows else None

    async def create(self, url: str, content: MessageContent, types: str, position: str) -> tuple[Webhook, bytes]:
        """Create a webhook for the entries after a position. Return it, and its secret."""
        webhook_id = self._new_id()
        key = ContentKey.new(webhook_id, COMPARTMENT)
        webhook = Webhook(
            webhook_id, url, content, types, WebhookStatus.ACTIVE, position, key.kid, "", 0.0, self._now()
        )
        transaction = Transaction()
        transaction.add(statements.CREATE, values(webhook))
        transaction.put_keys([self._keyring.wrapped(key, self._agency)])
        await self._store.write(transaction)
        return webhook, key.secret

    async def subscribe(self, name: str, types: str, position: str) -> Webhook:
        """Create a subscriber of the service itself, for the entries after a position."""
        known = f"{SUBSCRIBER}{name}"
        row = Webhook(
            known, known, MessageContent.FULL, types, WebhookStatus.ACTIVE, position, "", "", 0.0, self._now()
        )
        transaction = Transaction()
        transaction.add(statements.CREATE, values(row))
        await self._store.write(transaction)
        return row

    async def replay(self, webhook_id: str, position: str, number: int) -> None:
        """Owe everything after a position again; `number` is the position's. Nothing may be on its way meanwhile.

        What was owed of the entries after it is owed anew when they are taken in.
        """
        transaction = Transaction()
        transaction.add(statements.FORGET_LATER, {"webhook_id": webhook_id, "number": number})
        transaction.add(statements.MOVE, {"webhook_id": webhook_id, "position": position})
        await self._store.write(transaction)

    async def skip(self, webhook_id: str, number: int) -> bool:
        """Owe a delivery no more, pending or dead. False: there is none, or it says to forget, which nobody skips."""
        row = {"webhook_id": webhook_id, "number": number}
        found = await self._store.query(statements.ONE_OWED, **row)
        if not found or found[0]["forgets"]:
            return False
        transaction = Transaction()
        transaction.add(statements.SKIP, row)
        await self._store.write(transaction)
        return True

    async def change(self, webhook: Webhook) -> None:
        """Keep the webhook's new address, content, types and state.

        A webhook that becomes active is given the whole time again for everything that it is owed.
        """
        transaction = Transaction()
        transaction.add(statements.CHANGE, values(webhook))
        if webhook.state is WebhookStatus.ACTIVE:
            transaction.add(statements.RENEW, {"webhook_id": webhook.webhook_id, "now": self._now()})
        await self._store.write(transaction)

    async def delete(self, webhook: Webhook) -> None:
        """Delete a webhook, what it is owed, and its secrets."""
        transaction = Transaction()
        for statement in statements.DELETE:
            transaction.add(statement, {"webhook_id": webhook.webhook_id})
        transaction.destroy_keys(webhook.webhook_id, COMPARTMENT)
        await self._store.write(transaction)

    async def rotate(self, webhook: Webhook, overlap: float) -> bytes:
        """Give a webhook a new secret and return it. The one before signs too for `overlap` more seconds."""
        key = ContentKey.new(webhook.webhook_id, COMPARTMENT)
        row = {"secret": key.kid, "former": webhook.secret, "former_until": self._now() + overlap}
        transaction = Transaction()
        transaction.put_keys([self._keyring.wrapped(key, self._agency)])
        if webhook.former:
            transaction.add(store_statements.FORGET_KEY, self._key(webhook.webhook_id, webhook.former))
        transaction.add(statements.ROTATE, {"webhook_id": webhook.webhook_id, **row})
        await self._store.write(transaction)
        return key.secret

    async def secrets(self, webhook: Webhook) -> list[bytes]:
        """Return the secrets that sign now, the newest first. A secret whose time is over is destroyed."""
        held = {key.kid: key.secret for key in await self._keyring.own(webhook.webhook_id, COMPARTMENT, self._agency)}
        valid = [webhook.secret]
        if webhook.former and self._now() < webhook.former_until:
            valid.append(webhook.former)
        elif webhook.former:
            await self._forget_former(webhook)
        return [held[kid] for kid in valid if kid in held]

    async def _forget_former(self, webhook: Webhook) -> None:
        transaction = Transaction()
        transaction.add(store_statements.FORGET_KEY, self._key(webhook.webhook_id, webhook.former))
        transaction.add(statements.FORGET_FORMER, values(webhook))
        await self._store.write(transaction)

    def _key(self, webhook_id: str, kid: str) -> dict[str, str]:
        return {"case_id": webhook_id, "compartment": COMPARTMENT, "kid": kid, "granter": self._agency}

    # Deliveries

    async def owe(self, webhook: Webhook, deliveries: Sequence[WebhookDelivery], position: str) -> None:
        """Owe these deliveries to a webhook, and move its position.

        Where one says to forget a whole case, nothing else about the case is owed any more, also no dead letter.
        It is on disk before anything is sent: otherwise the feed could tell the same event under another position.
        """
        now, transaction = self._now(), Transaction()
        transaction.add(
            statements.OWE, *(values(one) | {"forgets": int(one.forgets), "now": now} for one in deliveries)
        )
        transaction.add(statements.FORGET, *(values(one) for one in deliveries if one.name in _WHOLE_CASE))
        transaction.add(statements.MOVE, {"webhook_id": webhook.webhook_id, "position": position})
        await self._store.write(transaction)

    async def is_owed(self, webhook_id: str, many: int) -> bool:
        """Return whether at least so many deliveries to a webhook are pending."""
        rows = await self._store.query(statements.MANY, webhook_id=webhook_id, limit=many)
        return int(rows[0]["n"]) >= many

    async def due(self, webhook_id: str, limit: int) -> list[WebhookDelivery]:
        """Return the deliveries that are due, the longest due first, and only the first pending one of each case."""
        rows = await self._store.query(statements.DUE, webhook_id=webhook_id, now=self._now(), limit=limit)
        return [WebhookDelivery.of(row) for row in rows]

    async def accepted(self, delivery: WebhookDelivery) -> None:
        """Its receiver has accepted a delivery."""
        transaction = Transaction(durable=False)
        transaction.add(statements.SETTLE, values(delivery))
        transaction.add(statements.ACCEPTED, {"webhook_id": delivery.webhook_id, "now": self._now()})
        await self._store.write(transaction)

    async def drop(self, delivery: WebhookDelivery) -> None:
        """A delivery has nothing to tell any more: what is to be told stands at a later position."""
        transaction = Transaction(durable=False)
        transaction.add(statements.SETTLE, values(delivery))
        await self._store.write(transaction)

    async def failed(
        self, delivery: WebhookDelivery, trouble: str, due_at: float, *, dead: bool, gone: bool = False
    ) -> None:
        """An attempt has failed. Try again at `due_at`, or keep it as a dead letter. `gone`: serve the webhook no more.

        Only an attempt that its receiver ended by 410 has `gone`; it is pending still.
        """
        failure = replace(delivery, attempts=delivery.attempts + 1, trouble=trouble, due_at=due_at)
        transaction = Transaction(durable=dead or gone)
        transaction.add(statements.POSTPONE, values(failure) | {"dead": int(dead)})
        transaction.add(statements.FAILED, {"webhook_id": delivery.webhook_id, "now": self._now(), "trouble": trouble})
        if gone:
            transaction.add(statements.GONE, {"webhook_id": delivery.webhook_id})
        await self._store.write(transaction)

    async def hurry(self, webhook_id: str) -> None:
        """Make everything that is pending due now."""
        transaction = Transaction(durable=False)
        transaction.add(statements.HURRY, {"webhook_id": webhook_id, "now": self._now()})
        await self._store.write(transaction)

    async def dead_letters(self, webhook_id: str, limit: int, offset: int) -> list[WebhookDelivery]:
        """Return the dead letters of a webhook, in the order of the feed."""
        rows = await self._store.query(statements.DEAD, webhook_id=webhook_id, limit=limit, offset=offset)
        return [WebhookDelivery.of(row) for row in rows]

    async def owed(self, webhook_id: str, limit: int, offset: int) -> list[WebhookDelivery]:
        """Return what is owed to a webhook, pending and dead, in the order of the feed."""
        rows = await self._store.query(statements.OWED, webhook_id=webhook_id, limit=limit, offset=offset)
        return [WebhookDelivery.of(row) for row in rows]

    async def redeliver(self, webhook_id: str, number: int | None = None) -> int:
        """Make dead letters pending again, all or the one with this number. Return how many there were."""
        if number is None:
            count = (await self.owing()).get(webhook_id, Owing()).dead
        else:
            count = len(await self._store.query(statements.DEAD_ONE, webhook_id=webhook_id, number=number))
        row = {"webhook_id": webhook_id, "now": self._now()} | ({} if number is None else {"number": number})
        transaction = Transaction()
        transaction.add(statements.REVIVE if number is None else statements.REVIVE_ONE, row)
        await self._store.write(transaction)
        return count

    async def owing(self) -> dict[str, Owing]:
        """Return how much is owed to each webhook that is owed anything."""
        return {
            row["webhook_id"]: Owing(int(row["pending"]), int(row["dead"]), row["since"], row["next_at"])
            for row in await self._store.query(statements.OWING)
        }
