"""Each step of an implementation of the bus, as a function from JSON to JSON, on the code that the services run.

A step raises `RefusedStepError` with the reason's code when its input must be refused. An implementation in another
language writes the same functions and runs them over `contracts/vectors/`. Bytes are in hexadecimal, and content and
messages are text. The file has over 250 lines because it is the one list of the steps.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

from bus.case.case_keys import CaseKeys
from bus.case.case_replica import Chain
from bus.directory.directory import Directory
from bus.envelope.attributes import SEALED_TYPE, SECTIONS_TYPE
from bus.envelope.envelope import LINE_FEED, Draft, parse, place, split
from bus.envelope.signing import Signer, key_id, verify
from bus.errors import EnvelopeError, GrantError, SealError
from bus.nats.erasable_streams import key_subject, place_of
from bus.nats.following import Source, consumer_sequence, is_from, log_sequence
from bus.nats.log import Appended, LogMessage, outcome_of
from bus.replica.checking import check_one
from bus.sealing.content import ContentKey, open_with, seal
from bus.sealing.grants import Grant, accept, info, signed
from bus.sealing.sealing_keys import SealingKey, SealingKeys
from contracts.event.sections import merged
from contracts.law.in_force import ruleset_in_force

Json = dict[str, Any]
Step = Callable[[Json], Json]

STEPS: Final[dict[str, Step]] = {}
"""Every step by its name, which is that of its file, in the order of the page."""

_A_CASE: Final = "00000000-0000-0000-0000-00000000ca5e"
_A_KID: Final = "A" * 22
_ANY_MOMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)


class RefusedStepError(Exception):
    """The input of a step must be refused. `reason`: the code that the page explains; the caller quarantines it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _step(name: str) -> Callable[[Step], Step]:
    def register(step: Step) -> Step:
        STEPS[name] = step
        return step

    return register


@_step("delivery")
def delivery(given: Json) -> Json:
    """Take the messages that the broker pushed, by their reply subjects: those of our own consumer, in turn."""
    source, after, taken, delivered = Source(given["stream"], given["consumer"]), given["after"], [], 0
    for reply in given["replies"]:
        if not is_from(reply, source):
            continue
        delivered += 1
        if consumer_sequence(reply) != delivered:
            raise RefusedStepError("lost-on-the-way")
        if log_sequence(reply) != after + 1:
            raise RefusedStepError("hole")
        after = log_sequence(reply)
        taken.append(after)
    return {"taken": taken}


@_step("key-id")
def naming_a_key(given: Json) -> Json:
    """Name a public signing key."""
    public = bytes.fromhex(given["public"])
    return {"key_id": key_id(public), "base64": base64.b64encode(public).decode()}


@_step("signature")
def checking_a_signature(given: Json) -> Json:
    """Check an Ed25519 signature by the strict rule."""
    if not verify(*(bytes.fromhex(given[name]) for name in ("public", "signature", "message"))):
        raise RefusedStepError("bad-signature")
    return {}


@_step("envelope")
def reading_an_envelope(given: Json) -> Json:
    """Read one message's envelope: its form, its digest and its subject. The signature needs the directory."""
    try:
        envelope = parse(given["headers"], given["data"].encode())
        if envelope.subject != given["subject"]:
            raise EnvelopeError("wrong-subject")
    except EnvelopeError as error:
        raise RefusedStepError(error.reason) from None
    return {
        "hash": envelope.hash,
        "version": envelope.version,
        "case": envelope.case_id,
        "agency": envelope.agency,
        "event": envelope.event_name,
        "key_id": envelope.key_id,
        "signature": envelope.signature.hex(),
        "signed": envelope.signed_bytes().hex(),
    }


@_step("writing")
def writing_an_envelope(given: Json) -> Json:
    """Place an event in its chain, sign it, and name the headers that make its append conditional."""
    signer = Signer(given["agency"], bytes.fromhex(given["private"]))
    draft = Draft(
        event_id=given["event_id"],
        case_id=given["case"],
        type=given["type"],
        schema_uri=given["schema"],
        data=given["data"].encode(),
        ruleset=given["ruleset"],
        recorded_at=datetime.fromisoformat(given["recorded_at"]),
        correlation_id=given["correlation_id"],
        causation_id=given["causation_id"],
        content_type=given["content_type"],
    )
    envelope = place(draft, version=given["version"], previous=given["previous"], signer=signer)
    return {"subject": envelope.subject, "headers": dict(envelope.headers), "hash": envelope.hash}


@_step("log")
def following_the_log(given: Json) -> Json:
    """Follow a log from its first message: what becomes of each, the heads of the chains, and the directory.

    The contents are not judged, but those of the directory.
    """
    outcomes: list[str] = []
    chains: dict[str, Chain] = {}
    directory = Directory.trusting(bytes.fromhex(given["root"]))
    for number, said in enumerate(given["messages"], start=1):
        try:
            chains, directory, outcome = _followed(number, said, chains, directory)
        except EnvelopeError as error:
            outcome = error.reason
        outcomes.append(outcome)
    heads = {case_id: {"version": chain.version, "hash": chain.hash} for case_id, chain in chains.items()}
    return {"outcomes": outcomes, "heads": heads, "directory": dict(_entries(directory))}


def _followed(
    number: int, said: Json, chains: dict[str, Chain], directory: Directory
) -> tuple[dict[str, Chain], Directory, str]:
    message = LogMessage(number, said["subject"], said["headers"], said["data"].encode())
    checked = check_one(message, directory)
    if isinstance(checked, EnvelopeError):
        raise checked
    envelope, authentic = checked
    directory.believe(envelope, authentic=authentic)
    chain = chains.get(envelope.case_id, Chain())
    chain.require_next(envelope)
    chains = {**chains, envelope.case_id: chain.extended(envelope, number)}
    void = None
    if directory.keeps(envelope):
        directory, void = directory.after(envelope)
    return chains, directory, "accepted" if void is None else "void"


def _entries(directory: Directory) -> Iterator[tuple[str, Json]]:
    for entry in directory.view.agencies:
        sealing_key = base64.b64decode(entry.current_sealing_key.public_key)
        yield (
            entry.agency,
            {
                "kind": entry.kind.value,
                "key_id": entry.current_key.id,
                "earlier_keys": [key.id for key in entry.keys[:-1]],
                "sealing_key_sha256": sha256(sealing_key).hexdigest(),
                "duties": sorted(entry.duties),
                "suspended": entry.suspended,
            },
        )


@_step("sealing-key")
def deriving_a_sealing_key(given: Json) -> Json:
    """Derive the public sealing key from the private one, which is X-Wing's seed."""
    return {"public": base64.b64encode(SealingKey(bytes.fromhex(given["seed"])).public).decode()}


@_step("hpke")
def unwrapping(given: Json) -> Json:
    """Open a wrapped secret."""
    try:
        key = SealingKey(bytes.fromhex(given["seed"]))
        return {"secret": key.open(bytes.fromhex(given["wrapped"]), given["info"].encode()).hex()}
    except GrantError as error:
        raise RefusedStepError(error.reason) from None


@_step("grant")
def taking_a_grant(given: Json) -> Json:
    """Take a grant to us. `public`: the granter's signing key; `seeds`: our sealing keys."""
    present, *earlier = (SealingKey(bytes.fromhex(seed)) for seed in given["seeds"])
    try:
        grant = Grant.from_bytes(given["data"].encode(), place_of(given["subject"]))
        key = accept(
            grant,
            SealingKeys(present, earlier),
            recipient=given["recipient"],
            public_of_granter=bytes.fromhex(given["public"]),
        )
    except GrantError as error:
        raise RefusedStepError(error.reason) from None
    return {"case": key.case_id, "compartment": key.compartment, "kid": key.kid, "secret": key.secret.hex()}


@_step("granting")
def giving_a_grant(given: Json) -> Json:
    """Write a grant. HPKE is randomised, so the wrapped secret is given."""
    key = ContentKey(given["case"], given["compartment"], given["kid"], bytes.fromhex(given["secret"]))
    signer = Signer(given["granter"], bytes.fromhex(given["private"]))
    grant = signed(key, given["recipient"], bytes.fromhex(given["wrapped"]), signer)
    return {
        "info": info(key.case_id, key.compartment, key.kid, given["recipient"]).decode(),
        "signed": grant.signed_bytes().hex(),
        "subject": key_subject(grant.place, given["since"]),
        "data": grant.to_bytes().decode(),
    }


@_step("opening")
def opening(given: Json) -> Json:
    """Open one sealed text with the keys that we hold."""
    found = _opened(given["keys"], given["sealed"].encode(), given)
    if found is None:
        raise RefusedStepError("no-key")
    return {"content": found}


@_step("sealing")
def sealing(given: Json) -> Json:
    """Seal one text under a key, with the given nonce."""
    key = _keys([given["key"]])[0]
    content, nonce = given["content"].encode(), bytes.fromhex(given["nonce"])
    try:
        sealed = seal(key, content, agency=given["agency"], id=given["id"], random=lambda count: nonce[:count])
    except SealError as error:
        raise RefusedStepError(error.reason) from None
    return {"sealed": sealed.decode()}


@_step("sections")
def reading_sections(given: Json) -> Json:
    """Read the data of a sealed event with our keys of its core and of its part.

    `core` and `details` are null when no key of ours opens them; `whole` when we cannot say the whole event.
    """
    if given["content_type"] not in (SEALED_TYPE, SECTIONS_TYPE):
        raise RefusedStepError("not-sealed")
    if given["content_type"] != SECTIONS_TYPE:
        raise RefusedStepError("not-in-sections")
    sealed, more, _ = split(given["data"].encode())
    core = _opened(given["core_keys"], sealed, given)
    details = None if more is None else _opened(given["part_keys"], more, given)
    return {"core": core, "details": details, "whole": _whole(core, details, detailed=more is not None)}


def _whole(core: str | None, details: str | None, *, detailed: bool) -> str | None:
    if core is None or (detailed and details is None):
        return None
    if details is None:
        return core
    both = merged(core.encode(), details.encode())
    if both == core.encode():
        raise RefusedStepError("unreadable")
    return both.decode()


@_step("offshoot")
def deriving_a_key_of_an_offer(given: Json) -> Json:
    """Derive a key of an offer: `offer` follows from a key of the core, `offertalk` from one of the dialogue."""
    key = ContentKey(given["case"], "case", _A_KID, bytes.fromhex(given["secret"]))
    found = key.offshoot(given["compartment"], given["offer"])
    return {"kid": found.kid, "secret": found.secret.hex()}


@_step("preview")
def reading_an_offer(given: Json) -> Json:
    """Read the data of an event with our keys of an offer: its sections, and the first preview that they open."""
    sealed, more, previews = split(given["data"].encode())
    details = None if more is None else _opened(given["talk_keys"], more, given)
    told = (_opened(given["offer_keys"], each, given) for each in previews)
    preview = next((each for each in told if each is not None), None)
    return {"core": _opened(given["offer_keys"], sealed, given), "details": details, "preview": preview}


@_step("answer")
def sealing_an_answer(given: Json) -> Json:
    """Seal the data of an answer to an offer under the offer's keys, with the given nonces."""
    sections = [(given["offer_key"], given["core"]), (given["talk_key"], given["details"])]
    sealed = [
        sealing({"agency": given["agency"], "id": given["id"], "key": key, "content": text, "nonce": nonce})["sealed"]
        for (key, text), nonce in zip(sections, given["nonces"], strict=True)
        if text is not None
    ]
    return {"data": LINE_FEED.decode().join(sealed)}


@_step("epochs")
def following_epochs(given: Json) -> Json:
    """Say under which key the next event of a part is sealed, after these events of the case."""
    keys = CaseKeys()
    for event in given["events"]:
        key = None if event["kid"] is None else ContentKey(_A_CASE, "case", event["kid"], bytes(32))
        keys = keys.after(key, _ANY_MOMENT, effect=event["effect"], somebody_left=event["reader_lost"])
    return {"current": keys.current.kid if keys.current else None, "new_epoch": keys.rekey_needed}


@_step("ruleset")
def choosing_a_ruleset(given: Json) -> Json:
    """Name the ruleset that judges an event."""
    recorded_at = datetime.fromisoformat(given["recorded_at"])
    return {"ruleset": ruleset_in_force(date.fromisoformat(given["occurred_on"]), recorded_at).id}


@_step("outcome")
def reading_an_outcome(given: Json) -> Json:
    """Say what the broker's answer to an append means; null: it gave none in time."""
    if given["answer"] is None:
        return {"outcome": "unknown"}
    outcome = outcome_of(given["answer"].encode())
    if isinstance(outcome, Appended):
        return {"outcome": "appended", "sequence": outcome.sequence}
    return {"outcome": outcome.value}


def _keys(held: Iterable[Mapping[str, str]]) -> list[ContentKey]:
    return [ContentKey(_A_CASE, "case", each["kid"], bytes.fromhex(each["secret"])) for each in held]


def _opened(held: Iterable[Mapping[str, str]], sealed: bytes, given: Json) -> str | None:
    try:
        found = open_with(_keys(held), sealed, agency=given["agency"], id=given["id"])
    except SealError as error:
        raise RefusedStepError(error.reason) from None
    return None if found is None else found[0].decode()
