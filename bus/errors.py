"""What can go wrong on the bus, each with who acts and how.

BusError
├── EnvelopeError          receivers quarantine the message
├── BrokerAwayError        wait: the outbox delivers when the broker is back
├── UnsafeBrokerError      the operator changes the broker's settings
├── InvariantError         this program contradicts itself: the operator reports it, with the name that it says
├── LogHoleError           the node reads the log again and asks the others for what it lost
├── StoreError             the operator looks at the store; nothing was acknowledged
│   ├── DamagedCaseError       the node fetches the case anew from the log
│   └── UnknownOutcomeError    the caller asks again under the same key, or looks the event up
├── SignatureRuleError     the operator installs the release of PyNaCl that Stafett names
├── SealError              nobody can use it: the writer seals again, under the right key and in the right place
├── GrantError             the granter grants again, or the operator asks who sent it
└── SubmissionError        the caller mends the request
    ├── RefusedError           the rules object; the refusal says what is missing and who supplies it
    ├── NotIssuableError       another agency must issue this event
    ├── SuspendedError         nobody believes this agency: its operator asks the national coordinator
    ├── UnknownCaseError       check the case id, or ask to be made a participant
    ├── PreconditionError      read the case again, then decide again
    └── KeyReuseError          use a new idempotency key for a new request
"""

from __future__ import annotations

from typing import Literal

from contracts.errors import StafettError
from contracts.law.rule import Refusal


class BusError(StafettError):
    """Base of everything the bus raises."""


class EnvelopeError(BusError):
    """A message that is not a valid envelope. Receivers reject it with `reason`; its author mends it."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class BrokerAwayError(BusError):
    """The broker cannot be reached. Nobody needs to act: reads go on, writes wait in the outbox."""


class UnsafeBrokerError(BusError):
    """The broker does not sync every acknowledged message to disk. The operator sets what the message says."""


class InvariantError(BusError):
    """An invariant of this program is broken: a fault of ours. The operator reports the name that the message says."""

    def __init__(self, invariant: str) -> None:
        super().__init__(f"the service contradicts itself ({invariant}), and begins again from its store")
        self.invariant = invariant


class StoreError(BusError):
    """The local store cannot be trusted or written. The operator acts; nothing was acknowledged."""


class DamagedCaseError(StoreError):
    """The events of a case are not in the store as they were written. The node fetches them anew from the log."""

    def __init__(self, case_id: str, detail: str) -> None:
        super().__init__(f"case {case_id}: {detail}")
        self.case_id = case_id


class UnknownOutcomeError(StoreError):
    """The store failed while an event was being submitted: nobody knows yet whether it was kept or sent.

    The caller asks again under the same idempotency key, or looks the event up by `event_id`.
    """

    def __init__(self, event_id: str) -> None:
        super().__init__("the store failed while the event was being submitted; its outcome is not known yet")
        self.event_id = event_id


class LogHoleError(BusError):
    """The log lacks a message that it had. The node reads it again and asks the others for what is missing."""


class SignatureRuleError(BusError):
    """The installed signature library judges some signature otherwise than the other agencies' do. Nothing is read or
    written; the operator installs the release of PyNaCl that Stafett names, with the libsodium that comes with it.
    """


SealFault = Literal["malformed", "wrong-key", "wrong-place", "broken-padding"]
GrantFault = Literal["malformed", "bad-signature", "not-for-us", "cannot-open"]


class SealError(BusError):
    """Sealed content that is not what it should be. Its writer seals it again; the content is never in the message.

    `reason`: `malformed` (not such a JWE), `wrong-place` (sealed under another key id, by another agency or for
    another id), `wrong-key` (the key does not open it: another secret, or altered) or `broken-padding`.
    """

    def __init__(self, reason: SealFault, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: SealFault = reason


class GrantError(BusError):
    """A grant of a key that cannot be taken. The granter grants again.

    `reason`: `malformed`, `bad-signature` (not the granter's, or altered), `not-for-us` (for another recipient) or
    `cannot-open` (sealed to another key than ours, or for another place).
    """

    def __init__(self, reason: GrantFault, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: GrantFault = reason


class SubmissionError(BusError):
    """An event that was not taken. The caller reads why and mends it; nothing was stored."""


class RefusedError(SubmissionError):
    """The rules object. The caller supplies what `refusal` names, or asks who can."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.rule.id}: {refusal.missing.what.en}")
        self.refusal = refusal


class NotIssuableError(SubmissionError):
    """This agency may not issue this event. The agency whose mandate it is must do it."""


class SuspendedError(SubmissionError):
    """The agency is suspended: nobody on the bus believes it. Its operator asks the national coordinator."""


class UnknownCaseError(SubmissionError):
    """No such case here: it does not exist, or this agency takes no part in it."""


class PreconditionError(SubmissionError):
    """The case changed since the caller read it. The caller reads it again and decides again."""


class KeyReuseError(SubmissionError):
    """The idempotency key was used for another request. The caller chooses a new key."""


class KeyInFlightError(SubmissionError):
    """A request with this idempotency key is being answered. The caller waits for that answer, or asks again later."""
