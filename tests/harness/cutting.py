"""Cuts at every await: it ends a session, the broker or a whole process at a place where one agency's node waits.

Nothing here knows the parts of a node. This module steps each task that a node starts, and so sees where in the code of
the product the task waits. It records one run of a scenario; then it runs the scenario again for each place, and cuts
there.

    async with CutBus(folder, *AGENCIES) as bus:
        places = await bus.recorded(NGO, scenario())
        hit = await bus.cut_at(NGO, Cut(places[0], Means.SESSION, Moment.DONE), scenario())
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from bus.cancellation import cancel_and_wait
from bus.errors import BrokerAwayError, StoreError
from bus.node import Node
from bus.submission.submission import Receipt
from contracts.event.case_event import CaseEvent
from harness.line import LinedBus
from harness.waiting import eventually

_ROOT: Final = Path(__file__).parents[2]
_OWN: Final = tuple(f"{_ROOT / part}/" for part in ("bus", "gateway", "services"))
_NETWORK: Final = "/nats/aio/"
_ATTEMPTS: Final = 5
_ENDS_WITHIN: Final = 60.0
_IN_ITS_WAY: Final = 4.0
_LAYERS: Final = 30
"""So deep at most do tasks wait for tasks, each of which ends in a turn of the loop of its own."""


class Means(StrEnum):
    """What is cut. A process is given up where it is, without any of its own clearing up, and starts again. A log is
    replaced by an older copy of it, `CutBus.copy`, while the broker is down.
    """

    SESSION = "session"
    BROKER = "broker"
    PROCESS = "process"
    LOG = "log"


class Moment(StrEnum):
    """When, of an await: what was asked for is lost; it is done and nobody hears of it; or it is done and heard."""

    LOST = "lost"
    UNANSWERED = "unanswered"
    DONE = "done"


@dataclass(frozen=True, order=True)
class Place:
    """Where a task waited: the lines of the product's code, the outermost first, and the how-manieth time."""

    lines: tuple[str, ...]
    time: int
    at_the_broker: bool = field(compare=False, default=False)

    def __str__(self) -> str:
        return f"{' > '.join(self.lines)} ({self.time})"


@dataclass(frozen=True)
class Cut:
    """One cut."""

    place: Place
    means: Means
    moment: Moment

    def __str__(self) -> str:
        return f"{self.means}, {self.moment}: {self.place}"


def cuts_of(places: list[Place], *means: Means) -> list[Cut]:
    """Every cut at these places that differs from the others."""
    found = []
    for place in places:
        for each in means:
            moments = [Moment.LOST, Moment.DONE]
            if each in (Means.BROKER, Means.LOG):
                moments = [Moment.LOST]  # of the others, a session that is cut shows the same
            elif place.at_the_broker:
                moments.insert(1, Moment.UNANSWERED)
            found += [Cut(place, each, moment) for moment in moments]
    return found


class _Life:
    """One run of one agency's node, from its start until it stops or is given up."""

    def __init__(self, agency: str) -> None:
        self.agency = agency
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.tasks: set[asyncio.Task[Any]] = set()  # held here, or the collector would clear up after them
        self.jobs: set[asyncio.Future[Any]] = set()
        self.executors: set[Executor] = set()
        self.left: list[_Stepped] = []

    @property
    def given_up(self) -> bool:
        """Whether nothing of it goes on any more."""
        return self.over.done()


_LIFE: ContextVar[_Life | None] = ContextVar("life", default=None)


class _BuriedError(BaseException):
    """Ends what is buried. `close()` would not reach into an async generator, and anyio waits on when cancelled."""


class _Stepped(Coroutine[Any, Any, Any]):
    """A task's coroutine, stepped by us. One of a life that was given up never goes on, whatever is asked of it."""

    def __init__(self, inner: Coroutine[Any, Any, Any], life: _Life, steps: _Steps) -> None:
        self._inner = inner
        self._life = life
        self._steps = steps

    def send(self, value: Any) -> Any:
        if not self._life.given_up:
            held = self._steps.resumes(self, self._life)
            if held is not None:
                return _awaited(held)
        if self._life.given_up:
            return _awaited(asyncio.get_running_loop().create_future())
        result = self._inner.send(value)
        self._steps.waits(self, self._life)
        return result

    def throw(self, *error: Any) -> Any:
        if self._life.given_up:
            self._life.left.append(self)
            raise error[0] if isinstance(error[0], BaseException) else error[0]()
        result = self._inner.throw(*error)
        self._steps.waits(self, self._life)
        return result

    def close(self) -> None:
        if not self._life.given_up:
            self._inner.close()

    def bury(self) -> None:
        """Let go of what a life that was given up had in hand, once nothing can come of it any more."""
        for _ in range(10):  # it may wait again in each of its `finally` blocks
            try:
                self._inner.throw(_BuriedError())
            except BaseException:
                return

    def __await__(self) -> Any:
        raise TypeError("only a task steps this")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)  # its frame and name, for whoever shows tasks

    @property
    def place(self) -> tuple[tuple[str, ...], bool]:
        """Where in the product's code it waits, and whether for the broker."""
        lines, network = [], False
        part: Any = self._inner
        while part is not None:
            frame = (
                getattr(part, "cr_frame", None) or getattr(part, "gi_frame", None) or getattr(part, "ag_frame", None)
            )
            if frame is not None:
                name = frame.f_code.co_filename
                network = network or _NETWORK in name
                if name.startswith(_OWN):
                    lines.append(f"{Path(name).relative_to(_ROOT)}:{frame.f_lineno}")
            part = (
                getattr(part, "cr_await", None)
                or getattr(part, "gi_yieldfrom", None)
                or getattr(part, "ag_await", None)
            )
            if isinstance(part, _Stepped):
                break
        return tuple(lines), network


def _awaited(future: asyncio.Future[Any]) -> asyncio.Future[Any]:
    future._asyncio_future_blocking = True
    return future


class _Steps:
    """Steps the tasks of nodes: counts where they wait, holds one, and strikes at the place that is to be cut."""

    def __init__(self) -> None:
        self.agency: str | None = None
        self.seen: dict[Place, None] = {}
        self.cut: Cut | None = None
        self.strike: Callable[[], None] = lambda: None
        self.struck = asyncio.Event()
        self._times: Counter[tuple[str, ...]] = Counter()
        self._target: _Stepped | None = None
        self._released: asyncio.Event = asyncio.Event()

    def begin(self, agency: str, cut: Cut | None = None, strike: Callable[[], None] = lambda: None) -> None:
        """Count from here on the places of one agency's node; strike at one of them, if one is named."""
        self.agency, self.cut, self.strike = agency, cut, strike
        self.seen, self._times, self._target = {}, Counter(), None
        self.struck, self._released = asyncio.Event(), asyncio.Event()

    def end(self) -> None:
        """Count no longer, and let go of what is held."""
        self.agency = self.cut = None
        self._released.set()

    def release(self) -> None:
        """Let the task go on at whose place it was struck."""
        self._released.set()

    def waits(self, task: _Stepped, life: _Life) -> None:
        """A task has come to wait."""
        if life.agency != self.agency or life.given_up:
            return
        lines, network = task.place
        if not lines:
            return
        self._times[lines] += 1
        place = Place(lines, self._times[lines], network)
        self.seen[place] = None
        if self.cut is not None and self.cut.place == place and not self.struck.is_set():
            self._target = task
            if self.cut.moment is not Moment.DONE:
                self._strike()

    def resumes(self, task: _Stepped, life: _Life) -> asyncio.Future[Any] | None:
        """A task would go on; what it has to wait for first, if anything."""
        if task is not self._target or self._released.is_set():
            return None
        if not self.struck.is_set():
            self._strike()
        return asyncio.ensure_future(self._released.wait())

    def _strike(self) -> None:
        self.struck.set()
        self.strike()


class CutBus(LinedBus):
    """A bus whose nodes can be cut at any await."""

    def __init__(self, folder: Path, *agencies: str, **options: Any) -> None:
        super().__init__(folder, *agencies, **options)
        self._steps = _Steps()
        self._lives: dict[str, _Life] = {}
        self._given_up: list[tuple[_Life, Node]] = []
        self.copy: Path | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._factory = loop.get_task_factory()
        loop.set_task_factory(self._task)
        self._run_in_executor = loop.run_in_executor
        loop.run_in_executor = self._job  # type: ignore[method-assign, assignment]
        return await super().__aenter__()

    async def _end(self) -> None:
        self._steps.end()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                await super()._end()
        finally:
            self.broker.kill()
            loop.set_task_factory(self._factory)
            loop.run_in_executor = self._run_in_executor  # type: ignore[method-assign]
            await self._bury()

    def _task(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        context = options.get("context")
        life = _LIFE.get() if context is None else context.get(_LIFE)
        if life is None:
            return asyncio.Task(work, loop=loop, **options)
        task: asyncio.Task[Any] = asyncio.Task(_Stepped(work, life, self._steps), loop=loop, **options)
        life.tasks.add(task)
        task.add_done_callback(life.tasks.discard)
        return task

    def _job(self, executor: Any, function: Any, *arguments: Any) -> asyncio.Future[Any]:
        job: asyncio.Future[Any] = self._run_in_executor(executor, function, *arguments)
        life = _LIFE.get()
        if life is not None:
            life.jobs.add(job)
            job.add_done_callback(life.jobs.discard)
            if executor is not None:
                life.executors.add(executor)
        return job

    async def start_node(self, agency: str) -> Node:
        """Start an agency's node; all that its tasks do from now on can be cut."""
        life = _Life(agency)
        before = _LIFE.set(life)
        try:
            node = await super().start_node(agency)
        finally:
            _LIFE.reset(before)
        self._lives[agency] = life  # at once with the node, or a caller would ask the old node in the new life
        return node

    def at(self, agency: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let an agency's node do something, as when somebody calls it: it ends with the node."""
        context = copy_context()
        context.run(_LIFE.set, self._lives[agency])
        return asyncio.get_running_loop().create_task(work, context=context)

    async def says(self, agency: str, event: CaseEvent, case_id: str | None, key: str) -> Receipt:
        """Have an event of an agency in the log, once: a call that fails, or ends with its node, is made again."""
        for _ in range(_ATTEMPTS):
            life, node = self._lives[agency], self.nodes[agency]
            asked = {"idempotency_key": key, "request_digest": key}
            call = self.at(agency, self.submit(agency, event, case_id, **asked))
            await asyncio.wait([call, life.over], return_when=asyncio.FIRST_COMPLETED)
            if not call.done():
                await eventually(lambda node=node: self.nodes[agency] is not node)  # type: ignore[misc]
            elif call.exception() is None:
                return await self.delivered(agency, call.result().event_id)
            elif not isinstance(call.exception(), (BrokerAwayError, StoreError)):
                raise call.exception() or AssertionError
            await self.ready(agency, within=30)
        raise AssertionError(f"{agency} did not take the event in {_ATTEMPTS} attempts")

    # Recording and cutting

    async def recorded(self, agency: str, scenario: Coroutine[Any, Any, None]) -> list[Place]:
        """The places at which an agency's node waits while a scenario runs."""
        self._steps.begin(agency)
        try:
            await scenario
        finally:
            self._steps.end()
        return list(self._steps.seen)

    async def cut_at(self, agency: str, cut: Cut, scenario: Coroutine[Any, Any, None]) -> bool:
        """Run a scenario and cut where it is said, and mend what was cut; whether that place was reached.

        The scenario must bear that its calls fail or never return: it asks again, under the same idempotency keys.
        """
        strikes = {
            Means.SESSION: lambda: self._strike_session(agency, cut.moment),
            Means.BROKER: self.broker.kill,
            Means.LOG: self.broker.kill,
            Means.PROCESS: lambda: self._strike_process(agency, cut.moment),
        }
        self._steps.begin(agency, cut, strikes[cut.means])
        running = asyncio.create_task(scenario)
        struck = asyncio.create_task(self._steps.struck.wait())
        try:
            await asyncio.wait([running, struck], return_when=asyncio.FIRST_COMPLETED)
            if self._steps.struck.is_set():
                await self._mend(agency, cut)
            self._steps.end()
            await running
            return self._steps.struck.is_set()
        finally:
            self._steps.end()
            for task in (running, struck):
                if not task.done():  # asking one that has failed again would lose where it failed
                    with suppress(BaseException):
                        await cancel_and_wait(task)

    def _strike_session(self, agency: str, moment: Moment) -> None:
        line = self.lines[agency]
        line.mute() if moment is Moment.UNANSWERED else line.cut()

    def _strike_process(self, agency: str, moment: Moment) -> None:
        self._strike_session(agency, moment)
        self._lives[agency].over.set_result(None)

    async def _mend(self, agency: str, cut: Cut) -> None:
        line = self.lines[agency]
        if cut.moment is Moment.UNANSWERED:
            await self._heard_by_the_broker()
            line.cut()
        if cut.means in (Means.BROKER, Means.LOG):
            await eventually(lambda: not any(node.health().ready for node in self.nodes.values()))
            if cut.means is Means.LOG:
                await self.roll_back(self.copy)
            await self.start_broker()
            if cut.means is Means.LOG:
                with suppress(AssertionError):  # the task that is held may be in its way
                    await self.ready(agency, within=_IN_ITS_WAY)
        elif cut.means is Means.SESSION:
            await eventually(lambda: not self.nodes[agency].health().ready)
        else:
            await self._start_again(agency)
        self._steps.release()
        line.mend()
        await self.ready(within=30)

    async def _heard_by_the_broker(self) -> None:
        """Wait until what was sent over the line before must have come to the broker."""
        async with self.connected() as client:
            for _ in range(3):
                await client.flush()

    async def _start_again(self, agency: str) -> None:
        """What the operating system would have finished is finished; then a new process starts over the same home."""
        life, node = self._lives[agency], self.nodes[agency]
        self._given_up.append((life, node))
        if life.jobs:
            await asyncio.wait(life.jobs)
        self.lines[agency].mend()
        await self.start_node(agency)

    async def _bury(self) -> None:
        """End what is left of the nodes that were given up, now that nothing can come of it any more."""
        for life, _ in self._given_up:
            for task in tuple(life.tasks):
                task.cancel()
        for _ in range(_LAYERS):
            await asyncio.sleep(0)
        for life, _ in self._given_up:
            for left in life.left:
                left.bury()
            for executor in life.executors:
                executor.shutdown(wait=False)
        self._given_up.clear()
