"""Sealed content opens only with its key, for its writer and its id."""

from __future__ import annotations

import json
import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from harness.examples import examples
from harness.jose import decoded, encoded, jwe
from hypothesis import given
from hypothesis import strategies as st

from bus.envelope.envelope import MAX_BYTES
from bus.errors import SealError
from bus.sealing.content import ContentKey, kid_of, open_sealed, seal, unpad

CASE = str(UUID(int=1))
EVENT = str(UUID(int=2))
KEY = ContentKey.new(CASE, "case")
CONTENT = b'{"form":"labour","note":"sov i en skur"}'
SEALED = seal(KEY, CONTENT, agency="police", id=EVENT)
HEADER = {"alg": "dir", "enc": "A256GCM", "kid": KEY.kid, "iss": "police", "sub": EVENT}
PADDED = CONTENT + b" " * (512 - len(CONTENT))


def reason(sealed: bytes, key: ContentKey = KEY, agency: str = "police", id: str = EVENT) -> str:
    """Why it does not open, which it must not."""
    with pytest.raises(SealError) as refused:
        open_sealed(key, sealed, agency=agency, id=id)
    return refused.value.reason


json_text = st.binary(min_size=1, max_size=3000).filter(lambda content: content[-1:] > b" ")


@examples(200)
@given(json_text)
def test_what_is_sealed_opens_to_the_byte(content: bytes) -> None:
    """Whatever the content, of any length."""
    sealed = seal(KEY, content, agency="ngo-fyren", id=EVENT)
    assert open_sealed(KEY, sealed, agency="ngo-fyren", id=EVENT) == content
    assert kid_of(sealed) == KEY.kid


def test_a_seal_says_who_sealed_it_for_what_and_under_which_key() -> None:
    """The header is exactly what was agreed; the second part is empty, since the key is used directly."""
    header, wrapped, iv, ciphertext, tag = SEALED.split(b".")
    assert json.loads(decoded(header)) == HEADER
    assert wrapped == b""
    assert [len(decoded(part)) for part in (iv, ciphertext, tag)] == [12, 512, 16]


def test_an_honest_seal_made_without_the_library_opens() -> None:
    """The tests' own forger makes what opens, so that its forgeries are refused for what is wrong with them alone."""
    assert open_sealed(KEY, jwe(KEY.secret, HEADER, PADDED), agency="police", id=EVENT) == CONTENT
    backwards = dict(reversed(HEADER.items()))
    assert open_sealed(KEY, jwe(KEY.secret, backwards, PADDED), agency="police", id=EVENT) == CONTENT


@pytest.mark.parametrize(("length", "blocks"), [(1, 1), (511, 1), (512, 1), (513, 2), (1024, 2), (1025, 3)])
def test_the_length_tells_only_how_many_blocks(length: int, blocks: int) -> None:
    """Contents of different lengths within a block look alike."""
    sealed = seal(KEY, b"x" * length, agency="police", id=EVENT)
    assert len(decoded(sealed.split(b".")[3])) == 512 * blocks


def test_the_same_content_never_looks_the_same() -> None:
    """Each seal has a nonce of its own."""
    assert len({seal(KEY, CONTENT, agency="police", id=EVENT) for _ in range(100)}) == 100


@pytest.mark.parametrize("content", [b"", b"{} ", b"{}\n", b"{}\t", b"  "])
def test_content_that_would_not_come_back_the_same_is_not_sealed(content: bytes) -> None:
    """White space at the end is padding, so content may not end in it."""
    with pytest.raises(SealError, match="malformed"):
        seal(KEY, content, agency="police", id=EVENT)


@pytest.mark.parametrize(("agency", "id"), [("", EVENT), ("pol ice", EVENT), ("police", ""), ("police", "å" * 8)])
def test_names_that_are_none_are_not_sealed_under(agency: str, id: str) -> None:
    """What could not be opened is not made."""
    with pytest.raises(SealError, match="malformed"):
        seal(KEY, CONTENT, agency=agency, id=id)


def test_the_largest_content_opens_and_more_is_not_sealed() -> None:
    """The bus takes a certain size, which is what counts after sealing."""
    largest = b"x" * (190 * 1024)
    assert open_sealed(KEY, seal(KEY, largest, agency="police", id=EVENT), agency="police", id=EVENT) == largest
    with pytest.raises(SealError, match="once sealed"):
        seal(KEY, b"x" * (MAX_BYTES * 3 // 4), agency="police", id=EVENT)


def test_another_place_is_refused() -> None:
    """A seal put into another event, another agency's message or under another epoch does not open."""
    assert reason(SEALED, id=str(uuid4())) == "wrong-place"
    assert reason(SEALED, agency="ngo-fyren") == "wrong-place"
    assert reason(SEALED, key=ContentKey.new(CASE, "case")) == "wrong-place"
    assert reason(seal(KEY, CONTENT, agency="police", id=EVENT.replace("2", "3"))) == "wrong-place"


def test_a_header_made_to_fit_another_place_is_refused() -> None:
    """The header is authenticated: rewriting it breaks the seal."""
    _, rest = SEALED.split(b".", 1)
    other = str(uuid4())
    moved = encoded(json.dumps({**HEADER, "sub": other}, separators=(",", ":")).encode()) + b"." + rest
    assert reason(moved, id=other) == "wrong-key"


def test_another_secret_is_refused() -> None:
    """A key with the right id and the wrong secret opens nothing."""
    assert reason(SEALED, key=ContentKey(CASE, "case", KEY.kid, bytes(32))) == "wrong-key"


def test_a_ciphertext_from_another_seal_is_refused() -> None:
    """Each part belongs to its seal, under the same key too."""
    other = seal(KEY, b'{"form":"sexual"}', agency="police", id=EVENT).split(b".")
    mine = SEALED.split(b".")
    for place in (2, 3, 4):
        swapped = [*mine[:place], other[place], *mine[place + 1 :]]
        assert reason(b".".join(swapped)) == "wrong-key"


@pytest.mark.parametrize(
    "header",
    [
        {**HEADER, "zip": "DEF"},
        {**HEADER, "alg": "A256KW"},
        {**HEADER, "alg": "A256GCMKW"},
        {**HEADER, "enc": "A128GCM"},
        {**HEADER, "enc": "A256CBC-HS512"},
        {**HEADER, "crit": ["exp"], "exp": 1},
        {**HEADER, "cty": "JWT"},
        {**HEADER, "kid": "short"},
        {**HEADER, "kid": KEY.kid[:-1] + "B"},
        {**HEADER, "kid": 7},
        {**HEADER, "iss": None},
        {**HEADER, "sub": ["a"]},
        {**HEADER, "sub": "x" * 65},
        {name: value for name, value in HEADER.items() if name != "sub"},
        json.dumps(HEADER).encode(),
        json.dumps(HEADER, separators=(",", ":")).encode()[:-1] + b',"kid":"' + KEY.kid.encode() + b'"}',
        json.dumps(HEADER, separators=(",", ":")).replace("police", "\\u0070olice").encode(),
        b"[]",
        b"7",
        b"null",
        b"",
        b"{",
        b"[" * 200,
        b"\xff\xfe",
    ],
)
def test_any_other_header_is_malformed(header: dict[str, Any] | bytes) -> None:
    """Who holds the key may seal with another algorithm, compressed or with more said; nobody opens it."""
    sealed = jwe(KEY.secret, header, PADDED)
    assert reason(sealed) == "malformed"
    with pytest.raises(SealError, match="malformed"):
        kid_of(sealed)


@pytest.mark.parametrize(
    "padded",
    [
        CONTENT,
        CONTENT + b" ",
        PADDED + b" ",
        PADDED[:-1],
        b" " * 512,
        b"",
        CONTENT + b"\0" * (512 - len(CONTENT)),
        CONTENT + b"\n" * (512 - len(CONTENT)),
        PADDED[:-1] + b"\t",
        CONTENT + b"\t" + PADDED[len(CONTENT) + 1 :],
    ],
)
def test_broken_padding_is_refused(padded: bytes) -> None:
    """Padding is spaces, up to a multiple of 512 bytes."""
    assert reason(jwe(KEY.secret, HEADER, padded)) == "broken-padding"
    with pytest.raises(SealError, match="broken-padding"):
        unpad(padded)


def test_every_truncation_is_refused() -> None:
    """Wherever it is cut off, it does not open, and no error but ours comes out."""
    for length in range(len(SEALED)):
        assert reason(SEALED[:length]) in {"malformed", "wrong-key"}


@pytest.mark.parametrize("length", [0, 4, 8, 12, 15])
def test_a_shorter_tag_is_refused(length: int) -> None:
    """A tag cut short would be easier to guess."""
    *rest, tag = SEALED.split(b".")
    assert reason(b".".join([*rest, encoded(decoded(tag)[:length])])) == "malformed"


@pytest.mark.parametrize("length", [0, 8, 11, 13, 16])
def test_a_nonce_of_another_length_is_refused(length: int) -> None:
    """Only the agreed 96 bits."""
    iv, header = bytes(length), SEALED.split(b".")[0]
    sealed = AESGCM(KEY.secret).encrypt(iv, PADDED, header) if length >= 8 else bytes(528)
    parts = (header, b"", encoded(iv), encoded(sealed[:-16]), encoded(sealed[-16:]))
    assert reason(b".".join(parts)) == "malformed"


def test_an_encrypted_key_is_refused() -> None:
    """There is none when the key is used directly."""
    parts = SEALED.split(b".")
    parts[1] = encoded(bytes(40))
    assert reason(b".".join(parts)) == "malformed"


def test_another_spelling_of_the_same_bytes_is_refused() -> None:
    """Base64 has one form here: no padding, no line ends, no spare bits, no sixth part."""
    head, tail = SEALED[:-1], SEALED[-1:]
    assert tail in b"AQgw"
    for spelled in (head + bytes([tail[0] + 1]), SEALED + b"==", SEALED + b"\n", b" " + SEALED, SEALED + b"."):
        assert reason(spelled) == "malformed"


@examples(1000)
@given(st.integers(0, len(SEALED) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_refused(place: int, bit: int) -> None:
    """In whatever part."""
    flipped = bytearray(SEALED)
    flipped[place] ^= 1 << bit
    assert reason(bytes(flipped)) in {"malformed", "wrong-place", "wrong-key"}


@examples(300)
@given(st.one_of(st.binary(max_size=200), st.lists(st.binary(max_size=60).map(encoded), max_size=7).map(b".".join)))
def test_arbitrary_bytes_are_refused_in_order(sealed: bytes) -> None:
    """No error but ours comes out."""
    assert reason(sealed) == "malformed"


def test_what_is_too_large_is_not_looked_into() -> None:
    """A message larger than the bus takes costs nothing."""
    assert reason(SEALED + b"A" * MAX_BYTES) == "malformed"


def test_a_key_does_not_show_its_secret() -> None:
    """Neither in logs nor in a test's output."""
    key = ContentKey(CASE, "case", KEY.kid, b"S" * 32)
    assert "SSS" not in repr(key)
    assert repr(key) == f"ContentKey(case_id='{CASE}', compartment='case', kid='{KEY.kid}')"


def test_a_refusal_does_not_show_the_content() -> None:
    """An error may be logged, and so may what it was raised from."""
    with pytest.raises(SealError) as refused:
        open_sealed(KEY, jwe(KEY.secret, HEADER, CONTENT), agency="police", id=EVENT)
    assert "skur" not in f"{refused.value!r} {refused.value.__cause__!r}"


def test_a_new_key_is_what_randomness_gives() -> None:
    """Keys differ by chance alone, and the same randomness gives the same key."""
    assert ContentKey.new(CASE, "health", random.Random(1).randbytes) == ContentKey.new(
        CASE, "health", random.Random(1).randbytes
    )
    keys = [ContentKey.new(CASE, "health") for _ in range(100)]
    assert len({key.kid for key in keys}) == len({key.secret for key in keys}) == 100
    assert {len(key.kid) for key in keys} == {22}


@pytest.mark.parametrize(
    "changed",
    [
        {"case_id": "case.>"},
        {"case_id": CASE + "\n"},
        {"compartment": "*"},
        {"compartment": "case.x"},
        {"compartment": ""},
        {"kid": "short"},
        {"kid": KEY.kid + "A"},
        {"secret": bytes(31)},
        {"secret": b""},
    ],
)
def test_a_key_with_a_part_that_is_none_is_refused(changed: dict[str, Any]) -> None:
    """Its parts stand in subjects and headers, so each has its form."""
    parts: dict[str, Any] = {"case_id": CASE, "compartment": "case", "kid": KEY.kid, "secret": bytes(32)}
    with pytest.raises(ValueError, match=r"not a case|a secret has"):
        ContentKey(**{**parts, **changed})
