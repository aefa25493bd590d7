"""The store keeps an event in a short form, gives it back byte for byte, and never gives another one.

`vectors/stored.json` has events in every form in which a release kept them. It is frozen, except that a new form adds
to it. Run as a script, this module writes the file if it is missing.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import pytest
from harness.examples import examples
from harness.forging import after, another, key_for, sealed, signed_anew
from harness.jose import jwe
from hypothesis import given
from hypothesis import strategies as st

from bus.envelope.envelope import CONTENT_TYPE, SEALED_TYPE, Envelope, parse
from bus.envelope.signing import Signer
from bus.errors import EnvelopeError
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.erasure import ErasureRequested

FILE: Final = Path(__file__).parent / "vectors" / "stored.json"
NGO: Final = Signer("ngo-fyren", bytes(range(32)))
TRACE: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ENVELOPE: Final = sealed(NGO, traceparent=TRACE)
CLEAR: Final = sealed(NGO, ErasureRequested.canonical(), **after(ENVELOPE))
STRANGE: Final = sealed(NGO, correlation_id="a number of another system", **after(ENVELOPE))
_HEADER: Final = {
    "alg": "dir",
    "enc": "A256GCM",
    "kid": key_for(ENVELOPE.case_id).kid,
    "iss": ENVELOPE.agency,
    "sub": ENVELOPE.event_id,
}


def vectors() -> list[dict[str, Any]]:
    """The frozen file."""
    content: list[dict[str, Any]] = json.loads(FILE.read_bytes()) if FILE.exists() else []
    return content


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_what_was_stored_is_read(vector: dict[str, Any]) -> None:
    """In each form, as the event that it was."""
    stored = base64.b64decode(vector["stored"])
    envelope = Envelope.from_bytes(stored)
    assert envelope.headers == vector["headers"]
    assert envelope.data == vector["data"].encode()
    if vector["written"] == "now":
        assert envelope.to_bytes() == stored


@pytest.mark.parametrize("envelope", [ENVELOPE, CLEAR, STRANGE], ids=["sealed", "clear", "word for word"])
def test_an_event_comes_back(envelope: Envelope) -> None:
    """From the store, and from a line of a file."""
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope
    assert Envelope.from_bytes(envelope.to_json()) == envelope
    assert b"\n" not in envelope.to_json()


def test_an_event_is_short() -> None:
    """Less than half of its JSON, whose names and base64 follow from the rest; a strange one costs five bytes more."""
    assert len(ENVELOPE.to_bytes()) < 900 < 0.45 * len(ENVELOPE.to_json())
    assert len(CLEAR.to_bytes()) < len(CLEAR.data) + 350
    assert len(STRANGE.to_bytes()) == len(STRANGE.to_json()) + 5


def damaged(stored: bytes) -> bool:
    """Whether reading says that these are not the bytes that were written."""
    try:
        Envelope.from_bytes(stored)
    except EnvelopeError:
        return True
    return False


@pytest.mark.parametrize("envelope", [ENVELOPE, CLEAR, STRANGE], ids=["sealed", "clear", "word for word"])
def test_damage_to_any_byte_is_seen(envelope: Envelope) -> None:
    """Every bit of every byte; also of the signature and the trace, which the signed digest does not cover."""
    stored = envelope.to_bytes()
    for place in range(len(stored)):
        for bit in range(8):
            wrong = bytearray(stored)
            wrong[place] ^= 1 << bit
            assert damaged(bytes(wrong)), (place, bit)


@examples(300)
@given(st.data())
def test_damage_of_any_kind_is_seen(data: st.DataObject) -> None:
    """Bytes cut out, put in or written over, wherever."""
    stored = data.draw(st.sampled_from([ENVELOPE, CLEAR, STRANGE])).to_bytes()
    first = data.draw(st.integers(0, len(stored)))
    last = data.draw(st.integers(first, len(stored)))
    wrong = stored[:first] + data.draw(st.binary(max_size=40)) + stored[last:]
    assert wrong == stored or damaged(wrong)


@examples(300)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=400).map(lambda raw: b"\x02" + raw)), st.booleans())
def test_bytes_that_are_no_event_are_none(content: bytes, checksum: bool) -> None:
    """With a checksum that fits, too: reading says that it is no event, in no other way."""
    assert damaged(content + crc32(content).to_bytes(4, "big") if checksum else content)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"{}",
        b"{",
        b'{"headers":[],"data":""}',
        b'{"headers":{"ce-id":7},"data":""}',
        b'{"headers":{},"data":7}',
        b'{"headers":{},"data":""}',
    ],
)
def test_json_that_is_no_event_is_none(stored: bytes) -> None:
    """As the first release could have kept it, had its disk failed."""
    assert damaged(stored)


def test_a_later_release_can_add_a_form() -> None:
    """This one says that it does not know it, and not that it is damaged."""
    form = b"\x03whatever"
    with pytest.raises(EnvelopeError, match="in a form of a later release"):
        Envelope.from_bytes(form + crc32(form).to_bytes(4, "big"))


def test_damage_to_what_the_first_release_kept_is_seen_as_it_was_then() -> None:
    """Its JSON has no checksum: the signed digest covers all but signature and trace."""
    stored = ENVELOPE.to_json()
    for name in ("ce-id", "ce-recordedat", "ce-previous"):
        value = ENVELOPE.headers[name]
        assert damaged(stored.replace(value.encode(), another(value).encode()))


text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80)
traces = st.one_of(st.just(TRACE), st.just(TRACE.upper()), st.just(TRACE[:-1]), text)


@examples(400)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "ce-correlationid": text,
            "ce-causationid": st.one_of(text, st.just(ENVELOPE.event_id.replace("-", "")), st.just("00 11")),
            "ce-previous": st.one_of(text, st.just("AB" * 32), st.just("ab" * 31)),
            "ce-time": st.one_of(text, st.just("2026-03-04T10:31:00+01:00")),
            "ce-recordedat": st.sampled_from(
                ["2026-03-04T09:31:00.000000Z", "2026-03-04T09:31:00.123456Z", "1969-12-31T23:59:59.999999Z"]
            ),
            "ce-dataschema": text,
            "ce-ruleset": text,
            "ce-source": text,
            "ce-caseversion": st.sampled_from(["1", "4294967295", "4294967296", "9" * 40]),
            "ce-traceparent": traces,
        },
    )
)
def test_any_event_comes_back_to_the_byte(changes: dict[str, str]) -> None:
    """Whatever an agency signs that is an envelope at all, in the forms that other software writes."""
    envelope = parse(signed_anew({**ENVELOPE.headers, **changes}, ENVELOPE.data, NGO), ENVELOPE.data)
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope


@examples(200)
@given(
    st.one_of(
        st.text(max_size=300).map(str.encode),
        st.binary(min_size=1, max_size=600).map(lambda raw: jwe(bytes(32), _HEADER, raw)),
        st.binary(max_size=60).map(lambda raw: jwe(bytes(32), dict(reversed(_HEADER.items())), raw)),
        st.binary(max_size=60).map(lambda raw: jwe(bytes(32), {**_HEADER, "sub": "other"}, raw)),
        st.sampled_from([b"....", b"a.b.c.d.e", ENVELOPE.data + b"=", ENVELOPE.data.replace(b".", b"..", 1)]),
    ),
    st.sampled_from([CONTENT_TYPE, SEALED_TYPE]),
)
def test_any_data_comes_back_to_the_byte(data: bytes, content_type: str) -> None:
    """Whether or not it is sealed as it says, as we seal."""
    headers = {**ENVELOPE.headers, "ce-datacontenttype": content_type}
    envelope = parse(signed_anew(headers, data, NGO), data)
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope


def _new_vectors() -> list[dict[str, Any]]:
    consent = sealed(NGO, ConsentGiven.canonical(), **after(CLEAR))
    with_others = json.loads(CLEAR.to_json())
    with_others["headers"] = {"X-Other": "kept once", **with_others["headers"]}
    kept = {
        "first release, sealed, traced": ("then", ENVELOPE, ENVELOPE.to_json()),
        "first release, clear, with a foreign header": ("then", CLEAR, json.dumps(with_others).encode()),
        "word for word": ("now", STRANGE, STRANGE.to_bytes()),
        "short, sealed, traced": ("now", ENVELOPE, ENVELOPE.to_bytes()),
        "short, sealed": ("now", consent, consent.to_bytes()),
        "short, clear": ("now", CLEAR, CLEAR.to_bytes()),
    }
    return [
        {
            "name": name,
            "written": written,
            "stored": base64.b64encode(stored).decode(),
            "headers": dict(envelope.headers),
            "data": envelope.data.decode(),
        }
        for name, (written, envelope, stored) in kept.items()
    ]


if __name__ == "__main__":
    with FILE.open("x") as file:
        json.dump(_new_vectors(), file, indent=2, ensure_ascii=False)
        file.write("\n")
