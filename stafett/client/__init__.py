"""A client of a Stafett service: for an agency's own systems, typed, waiting or for asyncio.

Each function makes a value that says what to do. `SyncClient.do` does it and returns its result, and its `each` reads
something part by part. `AsyncClient` has the same two for asyncio.

    >>> from stafett import client, events
    >>> detected = client.open_case(events.VictimDetected.canonical(), key="intake-4711")
    >>> detected.request.method, detected.request.path, detected.request.headers["Idempotency-Key"]
    ('POST', '/v1/cases', 'intake-4711')
    >>> client.list_cases(status="open", limit=50).request.path
    '/v1/cases?status=open&limit=50'

    with client.SyncClient(url, token) as ngo:
        recorded = ngo.do(client.until_known(detected))
        for case in ngo.each(client.every(client.list_cases(status="open"))):
            ...

`pip install 'stafett[client]'` installs what it needs. docs/clients.md shows each thing that it does.
"""

from __future__ import annotations

from stafett.client import webhooks
from stafett.client.asking import Call, new_key
from stafett.client.asynchronous import AsyncClient
from stafett.client.conversation import Conversation, Patience, Telling
from stafett.client.errors import (
    AnswerTooLargeError,
    AskLaterError,
    BadAnswerError,
    CaseChangedError,
    ClientError,
    FeedWentBackError,
    FreeTextSuspectedError,
    InvalidRequestError,
    NoAnswerError,
    NotAllowedError,
    NothingThereError,
    NotYetKnownError,
    OutcomeNotKnownError,
    RefusedLaterError,
    RuleRefusedError,
    ServiceProblemError,
    WebhookRefusedError,
)
from stafett.client.following import ToldPart, follow, stream
from stafett.client.issuing import (
    accept_offer,
    decline_offer,
    dry_run,
    issue,
    issue_in_directory,
    open_case,
    record_personal_details,
    until_known,
)
from stafett.client.listing import every, history
from stafett.client.operations import *  # noqa: F403 - all that it gives out is in its __all__
from stafett.client.operations import __all__ as _OPERATIONS
from stafett.client.positions import PositionFile, Positions
from stafett.client.problem import Problem
from stafett.client.waiting import SyncClient

__all__ = [
    "AnswerTooLargeError",
    "AskLaterError",
    "AsyncClient",
    "BadAnswerError",
    "Call",
    "CaseChangedError",
    "SyncClient",
    "ClientError",
    "Conversation",
    "ToldPart",
    "FeedWentBackError",
    "FreeTextSuspectedError",
    "InvalidRequestError",
    "NoAnswerError",
    "NotAllowedError",
    "NotYetKnownError",
    "NothingThereError",
    "OutcomeNotKnownError",
    "Patience",
    "PositionFile",
    "Positions",
    "Problem",
    "RefusedLaterError",
    "RuleRefusedError",
    "ServiceProblemError",
    "Telling",
    "WebhookRefusedError",
    "accept_offer",
    "decline_offer",
    "dry_run",
    "every",
    "follow",
    "history",
    "issue",
    "issue_in_directory",
    "new_key",
    "open_case",
    "record_personal_details",
    "stream",
    "until_known",
    "webhooks",
    *_OPERATIONS,
]
