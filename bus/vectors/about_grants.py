"""Examples of the steps about keys: sealing keys, what HPKE wraps, and grants."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from bus.errors import GrantError
from bus.sealing.content import ContentKey
from bus.sealing.grants import Grant, info, signed
from bus.sealing.sealing_keys import SUITE, SealingKey, public_from_bytes
from bus.vectors.about_the_log import CASE
from bus.vectors.world import MUNICIPALITY, NGO, TAX, Example, a_key, a_private_key, a_seed, a_signer, an_id
from contracts.vocabulary.parts import Part

Wrap = Callable[[str, bytes, bytes, str], bytes]
"""Wraps a secret: the example's name, the recipient's seed, the secret, `info`. HPKE is randomised, so a wrapped secret
that was published is kept."""

_CORE, _SUPPORT = a_key(CASE, Part.CORE), a_key(CASE, Part.SUPPORT)


def sealing_key() -> Iterator[Example]:
    """Yield private sealing keys."""
    yield Example(MUNICIPALITY, {"seed": a_seed(MUNICIPALITY).hex()})
    yield Example("the bytes from 0 to 31", {"seed": bytes(range(32)).hex()})


def hpke(wrap: Wrap) -> Iterator[Example]:
    """Yield wrapped secrets."""
    for name, key in (("the core", _CORE), ("the support", _SUPPORT)):
        place = info(CASE, key.compartment, key.kid, MUNICIPALITY).decode()
        seed = a_seed(MUNICIPALITY)
        wrapped = wrap(name, seed, key.secret, place)
        given = {"seed": seed.hex(), "info": place, "wrapped": wrapped.hex()}
        yield Example(name, given)
        if key is _CORE:
            moved = place.replace(MUNICIPALITY, TAX)
            yield Example("for another recipient", {**given, "info": moved}, "cannot-open")
            yield Example("with another seed", {**given, "seed": a_seed(TAX).hex()}, "cannot-open")
            yield Example("with a bit flipped", {**given, "wrapped": _flipped(wrapped).hex()}, "cannot-open")
            yield Example("cut short", {**given, "wrapped": wrapped[:-1].hex()}, "cannot-open")


def _flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def granted(key: ContentKey, wrap: Wrap) -> Grant:
    """Return the grant of a key to the municipality by the NGO."""
    names = {Part.CORE.compartment: "the core", Part.SUPPORT.compartment: "the support"}
    place = info(key.case_id, key.compartment, key.kid, MUNICIPALITY).decode()
    wrapped = wrap(names[key.compartment], a_seed(MUNICIPALITY), key.secret, place)
    return signed(key, MUNICIPALITY, wrapped, a_signer(NGO))


def granting(wrap: Wrap) -> Iterator[Example]:
    """Yield grants to be written."""
    for key, since in ((_CORE, 0), (_SUPPORT, 4)):
        yield Example(
            key.compartment,
            {
                "case": CASE,
                "compartment": key.compartment,
                "kid": key.kid,
                "secret": key.secret.hex(),
                "recipient": MUNICIPALITY,
                "granter": NGO,
                "private": a_private_key(NGO).hex(),
                "wrapped": granted(key, wrap).wrapped.hex(),
                "since": since,
            },
        )


def grant(wrap: Wrap) -> Iterator[Example]:
    """Yield grants that the municipality takes, and such as it must refuse."""
    core = granted(_CORE, wrap)
    given = _taken(core)
    yield Example("of the core", given)
    yield Example("of the support", _taken(granted(_SUPPORT, wrap)))
    yield Example("by an earlier sealing key", {**given, "seeds": [a_seed("a later key").hex(), *given["seeds"]]})
    text, fields = given["data"], json.loads(given["data"])
    unpadded = {name: value.rstrip("=") for name, value in fields.items()}
    standard = {**fields, "wrapped": base64.b64encode(core.wrapped).decode()}
    malformed = {
        "base64 without padding": _compact(unpadded),
        "base64 in the standard alphabet": _compact(standard),
        "white space between the fields": json.dumps(fields),
        "the fields in another order": _compact(dict(reversed(fields.items()))),
        "a field more": _compact({**fields, "note": "1"}),
        "a field less": _compact({name: value for name, value in fields.items() if name != "granter"}),
        "no JSON": text[:-1],
    }
    for name, data in malformed.items():
        yield Example(name, {**given, "data": data}, "malformed")
    elsewhere = {"of another case": (CASE, an_id("elsewhere")), "of another granter": (f".{NGO}.", f".{TAX}.")}
    for name, (old, new) in elsewhere.items():
        yield Example(f"on the subject {name}", {**given, "subject": given["subject"].replace(old, new)}, "malformed")
    yield Example("to another agency", {**given, "recipient": TAX}, "not-for-us")
    yield Example("signed with another key", {**given, "public": a_signer(TAX).public.hex()}, "bad-signature")
    other = core.model_copy(update={"signature": _flipped(core.signature)})
    yield Example("a bit of the signature flipped", {**given, "data": other.to_bytes().decode()}, "bad-signature")
    forged = signed(_CORE, MUNICIPALITY, granted(_SUPPORT, wrap).wrapped, a_signer(NGO))
    yield Example("wrapped for another compartment", _taken(forged), "cannot-open")
    yield Example("sealed to a key that is not ours", {**given, "seeds": [a_seed(TAX).hex()]}, "cannot-open")


def _taken(grant: Grant) -> dict[str, Any]:
    return {
        "subject": f"{grant.place}.0",
        "data": grant.to_bytes().decode(),
        "recipient": MUNICIPALITY,
        "public": a_signer(NGO).public.hex(),
        "seeds": [a_seed(MUNICIPALITY).hex()],
    }


def _compact(fields: dict[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"))


def wrapping(published: dict[str, Any]) -> Wrap:
    """Return a function that wraps secrets, and keeps those that are published. `published`: the file of `hpke`."""
    known = {each["name"]: each["given"] for each in published.get("vectors", ())}
    fresh: dict[str, bytes] = {}

    def wrap(name: str, seed: bytes, secret: bytes, place: str) -> bytes:
        key, given = SealingKey(seed), known.get(name, {})
        if (given.get("seed"), given.get("info")) == (seed.hex(), place):
            wrapped = bytes.fromhex(given["wrapped"])
            with suppress(GrantError):
                if key.open(wrapped, place.encode()) == secret:
                    return wrapped
        if name not in fresh:
            fresh[name] = SUITE.encrypt(secret, public_from_bytes(key.public), place.encode())
        return fresh[name]

    return wrap
