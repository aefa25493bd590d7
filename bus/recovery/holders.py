"""Questions to other agencies for messages that the log lost, and our answers to theirs, by FastStream, on no stream.

`need.<first>.<last>.<asker>` asks for the accepted events that stood at these sequences. Each agency that has followed
the log past them answers on `found.<asker>.<first>.<answerer>` with the events that it holds. The broker guarantees the
names of asker and answerer. An answer proves nothing else: each event in it is checked like any message.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Final

import orjson
from faststream.nats import NatsMessage
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from bus.envelope.envelope import Envelope
from bus.errors import BrokerAwayError, DamagedCaseError, EnvelopeError
from bus.nats.log import Log
from bus.nats.subscriptions import agency_broker, as_received
from bus.settings import BusSettings
from bus.store import Position, Store

_QUESTIONS: Final = "need.*.*.*"
_MOST: Final = 200
_MOST_BYTES: Final = 192 * 1024
_ANSWERS_A_SECOND: Final = 20
_FIRST_WITHIN: Final = 1.5
_OTHERS_WITHIN: Final = 0.3

log = logging.getLogger(__name__)


class Holders:
    """One agency's questions to the others, and its answers."""

    def __init__(self, settings: BusSettings, *, log: Log, store: Store, position: Callable[[], Position]) -> None:
        self._settings = settings
        self._log = log
        self._store = store
        self._position = position
        self.on_asked: Callable[[int, int], None] = lambda first, last: None
        """Called with the first and the last sequence that another agency asks for."""
        self._second = 0.0
        self._answered = 0

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answer the questions of others within the block."""
        settings = self._settings
        server = settings.servers, settings.credentials, settings.transport
        broker = agency_broker(settings.agency, "holders", *server)

        async def answer(data: bytes, message: NatsMessage) -> None:
            _, first, _, asker = message.raw_message.subject.split(".")
            held = None if asker == settings.agency else await self._answer(message.raw_message.subject)
            if held is not None:
                await broker.publish(held, f"found.{asker}.{first}.{settings.agency}")

        broker.subscriber(_QUESTIONS, decoder=as_received, no_reply=True)(answer)
        await broker.start()
        try:
            yield
        finally:
            await broker.stop()

    async def _answer(self, subject: str) -> bytes | None:
        """Return our answer to a question, as far as one message can hold it; None when we give no answer."""
        if monotonic() - self._second > 1.0:
            self._second, self._answered = monotonic(), 0
        self._answered += 1
        asked = _range(subject)
        if self._answered > _ANSWERS_A_SECOND or asked is None:
            return None
        try:
            self.on_asked(*asked)
            return await self._held(*asked)
        except Exception as error:  # one faulty question must not stop our answers to the others
            log.warning("question not answered", extra={"error": type(error).__name__})
            return None

    async def _held(self, first: int, last: int) -> bytes | None:
        position = self._position()
        if position.recovering or position.sequence < last:
            return None  # we have not followed the log past them, so we do not know all its events there
        events: list[dict[str, Any]] = []
        through, size = last, 0
        for sequence, case_id, version in await self._store.places(first, last, _MOST + 1):
            try:
                envelopes = await self._store.envelopes(case_id, version - 1, 1)
            except DamagedCaseError:
                return None
            stored = b64encode(envelopes[0].to_bytes()).decode() if envelopes else ""
            size += len(stored)
            if len(events) == _MOST or size > _MOST_BYTES:
                through = sequence - 1
                break
            events.append({"sequence": sequence, "event": stored})
        return orjson.dumps({"through": through, "events": events})

    async def ask(self, first: int, last: int) -> tuple[dict[int, Envelope], bool]:
        """Ask all agencies for the events that stood at these sequences.

        Return the events by sequence, and False if no agency answered for a part of them. If answers differ, the
        majority decides. Raises BrokerAwayError.
        """
        found: dict[int, Envelope] = {}
        while first <= last:
            answers = list((await self._answers(first, last)).values())
            if not answers:
                return found, False
            through = min(through for through, _ in answers)
            for sequence in {at for _, events in answers for at in events if first <= at <= through}:
                given = [events[sequence] for _, events in answers if sequence in events]
                most, _ = Counter(envelope.hash for envelope in given).most_common(1)[0]
                found[sequence] = next(envelope for envelope in given if envelope.hash == most)
            first = through + 1
        return found, True

    async def _answers(self, first: int, last: int) -> dict[str, tuple[int, dict[int, Envelope]]]:
        """Return the first answer of each agency, by agency: up to which sequence it tells, and its events."""
        came: asyncio.Queue[Msg] = asyncio.Queue(maxsize=500)

        async def take(message: Msg) -> None:
            with suppress(asyncio.QueueFull):
                came.put_nowait(message)

        answers: dict[str, tuple[int, dict[int, Envelope]]] = {}
        agency = self._settings.agency
        try:
            client = self._log.client
            subscription = await client.subscribe(f"found.{agency}.{first}.*", cb=take)
            try:
                await client.publish(f"need.{first}.{last}.{agency}", b"")
                deadline = monotonic() + _FIRST_WITHIN
                while (left := deadline - monotonic()) > 0:
                    async with asyncio.timeout(left):
                        message = await came.get()
                    answer = _read(message.data, first, last)
                    if answer is not None:
                        answers.setdefault(message.subject.rpartition(".")[2], answer)
                        deadline = min(deadline, monotonic() + _OTHERS_WITHIN)
            finally:
                await subscription.unsubscribe()
        except TimeoutError:
            pass
        except (NatsError, OSError) as error:
            raise BrokerAwayError("the broker was lost") from error
        return answers


def _range(subject: str) -> tuple[int, int] | None:
    _, first, last, _ = subject.split(".")
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit() and len(first + last) < 40):
        return None
    return (int(first), int(last)) if 0 < int(first) <= int(last) else None


def _read(data: bytes, first: int, last: int) -> tuple[int, dict[int, Envelope]] | None:
    """Read an answer: up to which sequence it tells, and its events. None when it is not valid."""
    try:
        content = orjson.loads(data)
        through = int(content["through"])
        events = {
            int(each["sequence"]): Envelope.from_bytes(b64decode(each["event"]))
            for each in content["events"][: _MOST + 1]
        }
    except (ValueError, KeyError, TypeError, AttributeError, EnvelopeError):
        return None
    return (min(through, last), events) if through >= first else None
