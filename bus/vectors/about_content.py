"""Examples of the steps about content: sealed texts, sections and epochs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

from bus.envelope import jwe
from bus.envelope.attributes import CONTENT_TYPE, SEALED_TYPE, SECTIONS_TYPE
from bus.sealing.content import ContentKey, pad, seal
from bus.vectors.about_the_log import CASE
from bus.vectors.world import NGO, TAX, Example, a_key, an_id, random
from contracts.vocabulary.parts import OFFERS, Part

_EVENT: Final = an_id("the event of the contents")
_CORE, _SUPPORT = a_key(CASE, Part.CORE), a_key(CASE, Part.SUPPORT)
_PLACE: Final = {"agency": NGO, "id": _EVENT}
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
    told = _sealed(_OFFERED, core, "preview")
    yield Example("both sections and a preview", {**given, "data": f"{both}\n{told}"})
    yield Example("a core and a preview", {**given, "data": f"{sealed}\n\n{told}"})
    doubled = f"{sealed}\n{_sealed(_SUPPORT, core, 'nonce of the details')}"
    yield Example("a field in both sections", {**given, "data": doubled}, "unreadable")
    yield Example("in one section", {**given, "content_type": SEALED_TYPE, "data": sealed}, "not-in-sections")
    yield Example("in clear", {**given, "content_type": CONTENT_TYPE, "data": core}, "not-sealed")
    yield Example("a core of another event", {**given, "id": an_id("another"), "data": both}, "wrong-place")


_OFFER: Final = an_id("the event of an offer")
_OFFERED, _TALK = (a_key(CASE, part).offshoot(OFFERS[part], _OFFER) for part in (Part.CORE, Part.DIALOGUE))


def offshoot() -> Iterator[Example]:
    """Yield keys of a case from which keys of an offer follow."""
    for part in OFFERS:
        for offer in (_OFFER, an_id("another offer")):
            given = {"case": CASE, "compartment": OFFERS[part], "offer": offer}
            name = f"of the {part.compartment}, for {'one' if offer == _OFFER else 'another'} offer"
            yield Example(name, {**given, "secret": a_key(CASE, part).secret.hex()})


def preview() -> Iterator[Example]:
    """Yield the data of events about an offer, as its recipient reads them, and of others that bring it a preview."""
    core, details, seen = (f'{{"{name}":"invented"}}' for name in ("core", "details", "preview"))
    other = a_key(CASE, Part.CORE).offshoot(OFFERS[Part.CORE], an_id("another offer"))
    first = f"{_sealed(_OFFERED, core)}\n{_sealed(_TALK, details, 'details')}"
    ours, theirs = _sealed(_OFFERED, seen, "preview"), _sealed(other, seen, "another preview")
    given = {**_PLACE, "offer_keys": _held(_OFFERED), "talk_keys": _held(_TALK)}
    yield Example("an offer", {**given, "data": f"{first}\n{ours}"})
    yield Example("the preview for us is the second one", {**given, "data": f"{first}\n{theirs}\n{ours}"})
    yield Example("an event about the offer that brings no preview", {**given, "data": first})
    closed = _sealed(_CORE, core)
    yield Example("an event of the case without details", {**given, "data": f"{closed}\n\n{ours}"})
    support = _sealed(_SUPPORT, details, "details")
    yield Example("an event of the case with details", {**given, "data": f"{closed}\n{support}\n{ours}"})
    yield Example("a preview for somebody else", {**given, "data": f"{first}\n{theirs}"})
    yield Example("we hold no key", {**given, "offer_keys": [], "talk_keys": [], "data": f"{first}\n{ours}"})
    yield Example("the preview cut short", {**given, "data": f"{first}\n{ours[:-6]}"}, "malformed")
    yield Example("of another event", {**given, "id": an_id("another"), "data": f"{first}\n{ours}"}, "wrong-place")


def answer() -> Iterator[Example]:
    """Yield answers to an offer, with details and without."""
    keys = {"offer_key": _held(_OFFERED)[0], "talk_key": _held(_TALK)[0]}
    nonces = [random(f"nonce of the {name} of an answer", 12).hex() for name in ("core", "details")]
    said = f'{{"occurred_at":"2026-12-01T08:00:00Z","offer_id":"{_OFFER}"}}'
    given = {**_PLACE, **keys, "core": said, "nonces": nonces}
    yield Example("with details", {**given, "details": '{"note":"An invented remark."}'})
    yield Example("without details", {**given, "details": None})


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
