"""The errors of the client. Each says who has to act, and how.

ClientError
├── NoAnswerError            nothing is known: do the same call again
├── BadAnswerError           the answer is none of a service: the operator looks at the address, and at what is between
│   └── AnswerTooLargeError  ask for less at once
├── NotYetKnownError         the service keeps the event and sends it when it can: ask again later
├── RefusedLaterError        the rules refused an event that the service had kept: a caseworker decides
├── WebhookRefusedError      a message that no service of ours signed, or not now: answer 401, and keep nothing
└── ServiceProblemError      the service says no, in the form of RFC 9457
    ├── AskLaterError           the service cannot now: ask again after `retry_after`
    ├── CaseChangedError        the case has changed since it was read: read it, and decide again
    ├── FeedWentBackError       the service's store was rolled back: read on from `begin`
    ├── FreeTextSuspectedError  a free text may name a person: its writer answers
    ├── InvalidRequestError     the caller mends what `problem.errors` lists
    ├── NothingThereError       there is nothing, or nothing that the agency may see
    ├── NotAllowedError         the caller needs another token, role or scope
    ├── OutcomeNotKnownError    the event may be recorded or not: do the same call again
    └── RuleRefusedError        a rule objects, and says what is missing and who supplies it
"""

from __future__ import annotations

from typing import Final

from contracts.errors import StafettError
from contracts.vocabulary.wording import Wording
from stafett.client.problem import Problem

_MOST_PLACES: Final = 5


class ClientError(StafettError):
    """Base of all that the client raises."""


class NoAnswerError(ClientError):
    """No answer came. Do the same call again: a call that has an idempotency key is done once.

    `sent`: whether the service can have got the request.
    """

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(f"no answer: {reason}")
        self.sent = sent


class BadAnswerError(ClientError):
    """An answer that no service gives. It is not shown, since nobody knows what it says. `status`: its HTTP status."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(f"{reason} (status {status})" if status else reason)
        self.status = status


class AnswerTooLargeError(BadAnswerError):
    """An answer of more bytes than the client reads. The caller asks for less at once, or allows more."""


class NotYetKnownError(ClientError):
    """The service has the event on its disk and has not reached the bus. Do the same call again later."""

    def __init__(self, event_id: str) -> None:
        super().__init__("the event is kept, and is not in the log yet")
        self.event_id = event_id


class RefusedLaterError(ClientError):
    """The rules refused the event when it could be sent. A caseworker decides: it stands among the needs-attention.

    `rule`: the id of the rule that objects, or None.
    """

    def __init__(self, event_id: str, rule: str | None) -> None:
        super().__init__(f"refused by {rule} when it could be sent")
        self.event_id = event_id
        self.rule = rule


class WebhookRefusedError(ClientError):
    """A message that is not signed by the secret, or not now, or that is none. Answer 401, and keep nothing of it."""


class ServiceProblemError(ClientError):
    """The service does not do what was asked, and says why.

    Attributes:
        problem: all that the service says.
        retry_after: in how many seconds to ask again; None when the service does not say.
    """

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        places = "".join(f" {one.pointer or one.parameter}: {one.text.en}" for one in problem.errors[:_MOST_PLACES])
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}{places}")
        self.problem = problem
        self.retry_after = retry_after

    @property
    def text(self) -> Wording:
        """The problem for people, in English and in Swedish."""
        return self.problem.text


class AskLaterError(ServiceProblemError):
    """The service has done nothing, and cannot now: it is busy, is stopping, or its broker is away. Ask again later."""


class CaseChangedError(ServiceProblemError):
    """The case has changed since the caller read it. Read it again, and decide again."""


class FeedWentBackError(ServiceProblemError):
    """The service's store was rolled back or replaced. Read on from `begin`; where it is empty, drop what is kept."""

    @property
    def begin(self) -> str:
        """The position to read on from, or an empty text."""
        return self.problem.begin or ""


class FreeTextSuspectedError(ServiceProblemError):
    """A free text may hold a person's name or an address; `problem.suspicions` says where. Its writer answers.

    Write the text without it, or send the event with `free_text_checked=True`.
    """


class InvalidRequestError(ServiceProblemError):
    """Something in the request does not fit its schema. The caller mends what `problem.errors` lists."""


class NothingThereError(ServiceProblemError):
    """There is nothing of this name, or nothing that this agency may see."""


class NotAllowedError(ServiceProblemError):
    """The token is not believed, or lacks the role or the scope, or the agency may not do this."""


class OutcomeNotKnownError(ServiceProblemError):
    """The event may be recorded or not. Do the same call again, under its key."""


class RuleRefusedError(ServiceProblemError):
    """A rule of the referral mechanism objects."""

    @property
    def rule(self) -> str:
        """The id of the rule, such as `R3`."""
        return self.problem.rule or ""

    @property
    def source(self) -> str:
        """The act and section, or the document, that the rule is from."""
        return self.problem.source or ""

    @property
    def missing(self) -> Wording:
        """The missing things, in English and in Swedish."""
        return self.problem.missing or self.problem.text

    @property
    def supplied_by(self) -> tuple[str, ...]:
        """The agencies, or kinds of agency, that supply it."""
        return self.problem.supplied_by
