"""The errors of the bus, each with the one who acts and the action.

BusError
├── EnvelopeError          receivers quarantine the message; our own event is parked
├── BrokerAwayError        wait: the outbox delivers when the broker is back
├── UnsafeBrokerError      the operator changes the broker's settings
├── InvariantError         this program contradicts itself: the operator reports it, with the name in the error text
├── LogHoleError           the node reads the log again and asks the others for the lost messages
├── StoreError             the operator looks at the store; nothing was acknowledged
│   ├── DamagedCaseError       the node fetches the case anew from the log
│   └── UnknownOutcomeError    the caller asks again under the same key, or looks the event up
├── SignatureRuleError     the operator installs the release of PyNaCl that Stafett names
├── SealError              the writer seals again, under the right key and in the right place
├── GrantError             the granter grants again, or the operator asks who sent it
└── SubmissionError        the caller corrects the request
    ├── RefusedError           the caller supplies what the refusal names, or asks the agency that can
    ├── NotIssuableError       another agency must issue this event
    ├── SuspendedError         this agency's operator asks the national coordinator
    ├── UnknownCaseError       check the case id, or ask to be made a participant
    ├── PreconditionError      read the case again, then decide again
    ├── KeyReuseError          use a new idempotency key for a new request
    └── KeyInFlightError       wait for the answer to the same request, or ask again later
"""

from __future__ import annotations

from typing import Literal

from contracts.errors import StafettError
from contracts.law.rule import Refusal


class BusError(StafettError):
    """The base class of all errors of the bus."""


class EnvelopeError(BusError):
    """A message is not a valid envelope, or an event of ours can never be sent. `reason`: a short code.

    Receivers reject the message; its author sends a valid one.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class BrokerAwayError(BusError):
    """The broker cannot be reached, or an outcome cannot be learned now. Reads go on; writes wait in the outbox."""


class UnsafeBrokerError(BusError):
    """A broker acknowledges messages before they are on disk. The operator changes the setting in the error text."""


class InvariantError(BusError):
    """An invariant of this program is broken: a fault of ours. The operator reports the name that the message says."""

    def __init__(self, invariant: str) -> None:
        super().__init__(f"the service contradicts itself ({invariant}), and begins again from its store")
        self.invariant = invariant


class StoreError(BusError):
    """The local store or a secret file cannot be trusted, read or written. The operator acts; nothing was
    acknowledged.
    """


class DamagedCaseError(StoreError):
    """The store does not hold a case's events as they were written. The node fetches them again from the log."""

    def __init__(self, case_id: str, detail: str) -> None:
        super().__init__(f"case {case_id}: {detail}")
        self.case_id = case_id


class UnknownOutcomeError(StoreError):
    """The store failed during a submission. The event may have been kept and sent, or not.

    The caller asks again under the same idempotency key, or looks the event up by `event_id`.
    """

    def __init__(self, event_id: str) -> None:
        super().__init__("the store failed while the event was being submitted; its outcome is not known yet")
        self.event_id = event_id


class LogHoleError(BusError):
    """The log has lost messages. The node reads the log again and asks the other agencies for the missing ones."""


class FeedRolledBackError(BusError):
    """The feed has no such position any more: the store lost its end, or is another one.

    `begin`: the last earlier position that is still as it was, empty for the beginning. The caller reads on from there.
    """

    def __init__(self, begin: str) -> None:
        super().__init__("the feed was rolled back")
        self.begin = begin


class SignatureRuleError(BusError):
    """The installed signature library judges some signatures differently from the libraries of the other agencies.

    Nothing is read or written. The operator installs the release of PyNaCl that Stafett names, with its libsodium.
    """


SealFault = Literal["malformed", "wrong-key", "wrong-place", "broken-padding"]
GrantFault = Literal["malformed", "bad-signature", "not-for-us", "cannot-open"]


class SealError(BusError):
    """Sealed content cannot be opened. Its writer seals it again. The error text never holds any content.

    `reason`: `malformed` (not a JWE of our form), `wrong-place` (sealed under another key id, by another agency or for
    another id), `wrong-key` (the key does not open it: it has another secret, or the content was altered) or
    `broken-padding`.
    """

    def __init__(self, reason: SealFault, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: SealFault = reason


class GrantError(BusError):
    """A grant of a key cannot be used. The granter grants again.

    `reason`: `malformed`, `bad-signature` (not signed by the granter, or altered), `not-for-us` (for another
    recipient) or `cannot-open` (sealed to a key that is not ours, or for another place).
    """

    def __init__(self, reason: GrantFault, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: GrantFault = reason


class SubmissionError(BusError):
    """An event was not accepted, and nothing was stored. The caller corrects the request."""


class RefusedError(SubmissionError):
    """The rules refuse the event. The caller supplies what `refusal` names, or asks the agency that can."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.rule.id}: {refusal.missing.what.en}")
        self.refusal = refusal


class NotIssuableError(SubmissionError):
    """This agency may not issue this event. An agency that has it in its mandate must issue it."""


class SuspendedError(SubmissionError):
    """This agency is suspended, so the others reject its events. Its operator asks the national coordinator."""


class UnknownCaseError(SubmissionError):
    """The case does not exist, or this agency takes no part in it."""


class PreconditionError(SubmissionError):
    """The case has changed since the caller read it. The caller reads it again and decides again."""


class KeyReuseError(SubmissionError):
    """The idempotency key was used for another request. The caller chooses a new key."""


class KeyInFlightError(SubmissionError):
    """A request with this idempotency key is being answered. The caller waits for that answer, or asks again later."""
