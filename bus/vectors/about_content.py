"""Examples of the steps about content: sealing keys, grants, sealed texts, sections and epochs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from bus.envelope import jwe
from bus.envelope.attributes import CONTENT_TYPE, SEALED_TYPE, SECTIONS_TYPE
from bus.errors import GrantError
from bus.sealing.content import ContentKey, pad, seal
from bus.sealing.grants import Grant, info, signed
from bus.sealing.sealing_keys import SUITE, SealingKey, public_from_bytes
from bus.vectors.about_the_log import CASE
from bus.vectors.example import Example
from bus.vectors.world import MUNICIPALITY, NGO, TAX, a_key, a_private_key, a_seed, a_signer, an_id, random
from contracts.vocabulary.parts import Part

Wrap = Callable[[str, bytes, bytes, str], bytes]
"""Wraps a secret: the example's name, the recipient's seed, the secret, `info`. HPKE is randomised, so a wrapped secret
that was published is kept."""

_EVENT: Final = an_id("the event of the contents")
_CORE, _SUPPORT = a_key(CASE, Part.CORE), a_key(CASE, Part.SUPPORT)
_PLACE: Final = {"agency": NGO, "id": _EVENT}


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


_SHORT: Final = '{"form":"labour","region":"01"}'


def _held(*keys: ContentKey) -> list[dict[str, str]]:
    return [{"kid": key.kid, "secret": key.secret.hex()} for key in keys]


def sealing() -> Iterator[Example]:
    """Yield texts to be sealed, around the size of a block."""
    texts = {
        "short": _SHORT,
        "not ASCII": '{"note":"ej längre kvar på Öland"}',
        "a block less one": '{"n":"' + "x" * 503 + '"}',
        "a block": '{"n":"' + "x" * 504 + '"}',
        "a block and one": '{"n":"' + "x" * 505 + '"}',
    }
    for name, text in texts.items():
        nonce = random(f"nonce of {name}", 12).hex()
        yield Example(name, {**_PLACE, "key": _held(_CORE)[0], "content": text, "nonce": nonce})
    ended = {**_PLACE, "key": _held(_CORE)[0], "nonce": random("nonce", 12).hex()}
    yield Example("white space at the end", {**ended, "content": _SHORT + "\n"}, "malformed")
    yield Example("nothing", {**ended, "content": ""}, "malformed")


def _sealed(key: ContentKey, text: str, name: str = "nonce") -> str:
    return seal(key, text.encode(), agency=NGO, id=_EVENT, random=lambda count: random(name, count)).decode()


def _by_hand(key: ContentKey, header: bytes, padded: bytes) -> str:
    """Seal as nobody should: with any header and any padding."""
    protected, nonce = base64.urlsafe_b64encode(header).rstrip(b"="), random("nonce", 12)
    return jwe.compact(protected, nonce, key._cipher.encrypt(nonce, padded, protected)).decode()


def opening() -> Iterator[Example]:
    """Yield sealed texts to be opened, and such as must be refused."""
    given, content = {**_PLACE, "keys": _held(_CORE, _SUPPORT)}, _SHORT.encode()
    header = {"alg": "dir", "enc": "A256GCM", "kid": _CORE.kid, "iss": NGO, "sub": _EVENT}
    honest = _sealed(_CORE, _SHORT)
    yield Example("with the first of two keys", {**given, "sealed": honest})
    yield Example("with the second of two keys", {**given, "sealed": _sealed(_SUPPORT, _SHORT)})
    namesake = ContentKey(CASE, "case", _CORE.kid, random("another secret", 32))
    yield Example("two keys have its id", {**given, "keys": _held(namesake, _CORE), "sealed": honest})
    turned = json.dumps(dict(reversed(header.items())), separators=(",", ":")).encode()
    yield Example("the header in another order", {**given, "sealed": _by_hand(_CORE, turned, pad(content))})
    yield Example("no key of ours", {**given, "keys": _held(_SUPPORT), "sealed": honest}, "no-key")
    yield Example("our key has another secret", {**given, "keys": _held(namesake), "sealed": honest}, "no-key")
    yield Example("altered", {**given, "sealed": _altered(honest)}, "no-key")
    yield Example("of another event", {**given, "id": an_id("another"), "sealed": honest}, "wrong-place")
    yield Example("of another agency", {**given, "agency": TAX, "sealed": honest}, "wrong-place")
    wrong: dict[str, Any] = {
        "compressed": {**header, "zip": "DEF"},
        "another algorithm": {**header, "alg": "A256GCMKW"},
        "another encryption": {**header, "enc": "A128GCM"},
        "a name more": {**header, "typ": "JOSE"},
    }
    for name, fields in wrong.items():
        sealed = _by_hand(_CORE, json.dumps(fields, separators=(",", ":")).encode(), pad(content))
        yield Example(name, {**given, "sealed": sealed}, "malformed")
    spaced = _by_hand(_CORE, json.dumps(header).encode(), pad(content))
    yield Example("white space in the header", {**given, "sealed": spaced}, "malformed")
    yield Example("the tag cut short", {**given, "sealed": honest[:-6]}, "malformed")
    yield Example("padded base64", {**given, "sealed": honest + "=="}, "malformed")
    text = json.dumps(header, separators=(",", ":")).encode()
    for name, padded in {
        "not padded": content,
        "padded with zeros": content.ljust(512, b"\0"),
        "nothing but padding": b" " * 512,
    }.items():
        yield Example(name, {**given, "sealed": _by_hand(_CORE, text, padded)}, "broken-padding")


def _altered(sealed: str) -> str:
    head, tag = sealed.rsplit(".", 1)
    return f"{head}.{'B' if tag[0] == 'A' else 'A'}{tag[1:]}"


def sections() -> Iterator[Example]:
    """Yield the data of sealed events, for those who read both sections, one, or none."""
    core, details = '{"occurred_at":"2026-12-01T08:00:00Z"}', '{"service":"safe-accommodation"}'
    sealed = _sealed(_CORE, core)
    both = f"{sealed}\n{_sealed(_SUPPORT, details, 'nonce of the details')}"
    given = {**_PLACE, "content_type": SECTIONS_TYPE, "core_keys": _held(_CORE), "part_keys": _held(_SUPPORT)}
    yield Example("both sections", {**given, "data": both})
    yield Example("a core alone", {**given, "data": sealed})
    yield Example("the part is closed to us", {**given, "part_keys": [], "data": both})
    yield Example("the case is closed to us", {**given, "core_keys": [], "part_keys": [], "data": both})
    doubled = f"{sealed}\n{_sealed(_SUPPORT, core, 'nonce of the details')}"
    yield Example("a field in both sections", {**given, "data": doubled}, "unreadable")
    yield Example("in one section", {**given, "content_type": SEALED_TYPE, "data": sealed}, "not-in-sections")
    yield Example("in clear", {**given, "content_type": CONTENT_TYPE, "data": core}, "not-sealed")
    yield Example("a core of another event", {**given, "id": an_id("another"), "data": both}, "wrong-place")


def epochs() -> Iterator[Example]:
    """Yield events of a case as they concern the keys of one part."""
    first, second, third = (a_key(CASE, Part.CORE, epoch).kid for epoch in (1, 2, 3))
    yield Example("none yet", {"events": []})
    yield Example("the first epoch goes on", {"events": [_opened(first), _opened(first)]})
    yield Example("a reader was lost", {"events": [_opened(first), _opened(first, reader_lost=True)]})
    lost = [_opened(first), _opened(None, reader_lost=True)]
    yield Example("a reader was lost by an event that has no details of the part", {"events": lost})
    yield Example("the next event began an epoch", {"events": [*lost, _opened(second)]})
    yield Example("nothing leads back to the first epoch", {"events": [*lost, _opened(second), _opened(first)]})
    void = [*lost, _opened(third, effect=False)]
    yield Example("an event without effect begins no epoch", {"events": void})
    yield Example("and the next one does", {"events": [*void, _opened(second)]})


def _opened(kid: str | None, *, effect: bool = True, reader_lost: bool = False) -> dict[str, Any]:
    return {"kid": kid, "effect": effect, "reader_lost": reader_lost}


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
