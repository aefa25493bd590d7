"""The words of a client, apart from how it sends them: a call is a value, a conversation a generator of its steps.

A conversation yields steps, is sent what came of each, and returns its result. `SyncClient` and `AsyncClient` perform
the steps, each in its way, so that everything that is to be decided between two requests is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from random import SystemRandom
from types import TracebackType
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from stafett.client.errors import ClientError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class HttpRequest:
    """One HTTP request, but for the address of the service and the token.

    Attributes:
        method: its method.
        path: its path and query.
        headers: its headers, besides those that every request has.
        content: its body, as JSON; it is not shown.
        repeatable: True if the service does it once, however often it is sent.
        within: in how many seconds the whole answer must have come.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False)
    repeatable: bool = True
    within: float = 60.0


@dataclass(frozen=True)
class HttpAnswer:
    """An answer that was read to its end. `headers`: by their names in small letters. Its content is not shown."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def good(self) -> bool:
        """True if the service did what was asked."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Listen:
    """Send a request whose answer does not end. An answer that is not good is read to its end instead."""

    request: HttpRequest


@dataclass(frozen=True)
class More:
    """The next bytes of what is listened to; none when it has ended."""


@dataclass(frozen=True)
class Pause:
    """Wait for some seconds."""

    seconds: float


@dataclass(frozen=True)
class Work:
    """Do something that may wait for a disk."""

    do: Callable[[], object]


@dataclass(frozen=True)
class Tell(Generic[T_co]):
    """Hand something on to the caller, and go on when the caller asks for the next."""

    item: T_co


Step = HttpRequest | Listen | More | Pause | Work
Steps = Generator[Step | Tell[Any], Any, T]
"""The steps of a conversation. `HttpRequest` and `Listen` are sent an `HttpAnswer`, `More` bytes, `Work` its result."""

_JITTER: Final = SystemRandom().random


@dataclass(frozen=True)
class Patience:
    """How often, and after which pauses, a request is sent again that was not answered, or answered "not now".

    Attributes:
        attempts: how often it is sent at most.
        least: the first pause in seconds; each further one is twice as long.
        most: the longest pause in seconds. A service that asks for a longer one is not waited for.
        jitter: a number between 0 and 1 for each pause, so that many callers do not come back at once.
    """

    attempts: int = 8
    least: float = 0.25
    most: float = 30.0
    jitter: Callable[[], float] = field(default=_JITTER, repr=False)

    def pause(self, attempt: int, retry_after: float | None = None) -> float | None:
        """The seconds to wait after an attempt, counted from 1, that failed; None: do not wait, give up."""
        if attempt >= self.attempts or (retry_after is not None and retry_after > self.most):
            return None
        longest = min(self.most, self.least * 2.0 ** min(attempt - 1, 30))
        return (retry_after or 0.0) + longest * (0.5 + self.jitter() / 2)


class Conversation(Protocol[T_co]):
    """Something that a client does, by any number of requests, and that has a result."""

    def steps(self, patience: Patience) -> Steps[T_co]:
        """Its steps. Raises a ClientError where it cannot be done."""
        ...


class Telling(Protocol[T_co]):
    """Something that a client reads part by part. The attribute only says the type of the parts."""

    def told(self, patience: Patience) -> Generator[Step | Tell[T_co], Any, None]:
        """Its steps. Raises a ClientError where it cannot go on."""
        ...


class Course(Generic[T]):
    """A conversation under way: the step that it asks for, and in the end its result. Leaving the block ends it."""

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self._result: list[T] = []
        self.step: Step | Tell[Any] | None = None

    def __enter__(self) -> Self:
        self._turn(lambda: next(self._steps))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._steps.close()

    @property
    def result(self) -> T:
        """Its result, once `step` is None."""
        return self._result[0]

    def goes_on(self, came: object) -> None:
        """The step was done, and this came of it."""
        self._turn(lambda: self._steps.send(came))

    def failed(self, error: ClientError) -> None:
        """The step could not be done. Raises the error, unless the conversation knows better."""
        self._turn(lambda: self._steps.throw(error))

    def _turn(self, turn: Callable[[], Step | Tell[Any]]) -> None:
        try:
            self.step = turn()
        except StopIteration as ended:
            self.step = None
            self._result.append(ended.value)
