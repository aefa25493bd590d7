"""A key reaches the agency that it was granted to, from the agency that signed, and nobody else."""

from __future__ import annotations

import json
import random
from base64 import urlsafe_b64encode
from hashlib import sha256, shake_256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from harness.examples import examples
from harness.forging import a_signer
from hypothesis import given
from hypothesis import strategies as st

from bus.envelope.signing import Signer, pre_authentication_encoding
from bus.errors import GrantError, StoreError
from bus.sealing.content import ContentKey
from bus.sealing.grants import MAX_BYTES, Grant, SealingKey, accept, grant, info
from bus.sealing.sealing_keys import PUBLIC_BYTES, SUITE, public_from_bytes

KEY = ContentKey.new(str(UUID(int=1)), "health")
POLICE = a_signer("police")
NGO = SealingKey.new()
GRANT = grant(KEY, "ngo-fyren", NGO.public, POLICE)
STORED = GRANT.to_bytes()


def accepted(given: Grant, key: SealingKey = NGO, by: Signer = POLICE) -> ContentKey:
    """What the NGO gets."""
    return accept(given, key, recipient="ngo-fyren", public_of_granter=by.public)


def reason(given: Grant, key: SealingKey = NGO, by: Signer = POLICE) -> str:
    """Why it gets nothing, as it must."""
    with pytest.raises(GrantError) as refused:
        accepted(given, key, by)
    return refused.value.reason


def signed_anew(by: Signer = POLICE, **changed: Any) -> Grant:
    """The grant with other fields, and a signature over them."""
    unsigned = GRANT.model_copy(update={"key_id": by.key_id, **changed})
    return unsigned.model_copy(update={"signature": by.sign(unsigned.signed_bytes())})


def test_a_granted_key_arrives() -> None:
    """Over the wire, from the subject where it lay."""
    subject = f"key.{KEY.case_id}.health.{KEY.kid}.ngo-fyren.police"
    assert GRANT.place == subject
    assert accepted(Grant.from_bytes(STORED, subject)) == KEY
    assert len(STORED) < MAX_BYTES


def test_the_wrapped_key_looks_like_no_other() -> None:
    """The same key granted twice to the same agency is encapsulated anew, and never lies there in clear."""
    again = grant(KEY, "ngo-fyren", NGO.public, POLICE)
    assert again.wrapped != GRANT.wrapped
    assert KEY.secret not in GRANT.wrapped
    assert accepted(again) == KEY


@pytest.mark.parametrize(
    "changed",
    [
        {"case_id": str(UUID(int=9))},
        {"compartment": "identity"},
        {"kid": ContentKey.new(KEY.case_id, "health").kid},
        {"recipient": "ngo-hamnen"},
        {"granter": "migration"},
        {"key_id": "0" * 32},
        {"wrapped": bytes(1168)},
        {"signature": bytes(64)},
    ],
)
def test_a_grant_replayed_for_something_else_is_refused(changed: dict[str, Any]) -> None:
    """The signature covers every field."""
    other = GRANT.model_copy(update=changed)
    assert reason(other) == ("not-for-us" if "recipient" in changed else "bad-signature")


@pytest.mark.parametrize(
    "changed",
    [
        {"case_id": str(UUID(int=9))},
        {"compartment": "identity"},
        {"kid": ContentKey.new(KEY.case_id, "health").kid},
    ],
)
def test_a_wrapped_key_signed_into_another_place_does_not_open(changed: dict[str, Any]) -> None:
    """Even a granter cannot pass off a key that it cannot open itself as another case's, compartment's or epoch's."""
    assert reason(signed_anew(**changed)) == "cannot-open"


def test_a_wrapped_key_signed_for_another_recipient_does_not_open() -> None:
    """What was sealed for one agency opens for no other, were it to hold the same private key."""
    moved = signed_anew(recipient="ngo-hamnen")
    assert reason(moved) == "not-for-us"
    with pytest.raises(GrantError, match="cannot-open"):
        accept(moved, NGO, recipient="ngo-hamnen", public_of_granter=POLICE.public)


def test_another_agencys_private_key_opens_nothing() -> None:
    """Who reads along gets nothing."""
    assert reason(GRANT, key=SealingKey.new()) == "cannot-open"


def test_a_grant_by_another_signer_is_refused() -> None:
    """Under its own key id or under that of the granter."""
    forger = a_signer("police")
    assert reason(signed_anew(by=forger)) == "bad-signature"
    forged = signed_anew(by=forger)
    hidden = forged.model_copy(update={"key_id": POLICE.key_id})
    hidden = hidden.model_copy(update={"signature": forger.sign(hidden.signed_bytes())})
    assert reason(hidden) == "bad-signature"
    assert reason(GRANT, by=forger) == "bad-signature"


def test_a_signature_made_for_something_else_is_refused() -> None:
    """The payload type keeps what an agency signs on a case apart from what it grants."""
    payload = GRANT.signed_bytes().split(b" ", 4)[4]
    other = POLICE.sign(pre_authentication_encoding("https://cloudevents.io/verifiability/dsse/v0.1", payload))
    assert reason(GRANT.model_copy(update={"signature": other})) == "bad-signature"
    assert reason(GRANT.model_copy(update={"signature": POLICE.sign(payload)})) == "bad-signature"


@examples(300)
@given(st.integers(0, len(STORED) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_refused(place: int, bit: int) -> None:
    """In whatever field."""
    flipped = bytearray(STORED)
    flipped[place] ^= 1 << bit
    with pytest.raises(GrantError):
        accepted(Grant.from_bytes(bytes(flipped)))


@examples(100)
@given(st.integers(0, 1167), st.integers(0, 7))
def test_a_bit_flipped_in_what_is_wrapped_does_not_open(place: int, bit: int) -> None:
    """Though the granter signed it."""
    flipped = bytearray(GRANT.wrapped)
    flipped[place] ^= 1 << bit
    assert reason(signed_anew(wrapped=bytes(flipped))) == "cannot-open"


def test_every_truncation_is_malformed() -> None:
    """Wherever it is cut off."""
    for length in range(len(STORED)):
        with pytest.raises(GrantError, match="malformed"):
            Grant.from_bytes(STORED[:length])


FIELDS = json.loads(STORED)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 4000,
        STORED + b" ",
        STORED[:-1] + b',"more":1}',
        STORED.replace(b'","kid"', b'", "kid"'),
        STORED[:-1] + b',"granter":"police"}',
        b" " * (MAX_BYTES + 1),
        json.dumps(dict(reversed(FIELDS.items())), separators=(",", ":")).encode(),
        *(
            json.dumps({**FIELDS, name: value}, separators=(",", ":")).encode()
            for name, value in {
                "case_id": "*",
                "compartment": "case.>",
                "kid": "x" * 22,
                "recipient": "NGO",
                "granter": "a.b",
                "wrapped": "AAAA",
                "key_id": "x" * 32,
                "signature": FIELDS["signature"].rstrip("="),
            }.items()
        ),
        *(json.dumps({**FIELDS, name: 7}, separators=(",", ":")).encode() for name in FIELDS),
        *(json.dumps({k: v for k, v in FIELDS.items() if k != name}).encode() for name in FIELDS),
    ],
)
def test_what_is_no_grant_is_malformed(stored: bytes) -> None:
    """Another form, a field more, less or twice, a subject's wildcard in a name."""
    with pytest.raises(GrantError, match="malformed"):
        Grant.from_bytes(stored)


@examples(200)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_in_order(stored: bytes) -> None:
    """No error but ours comes out."""
    with pytest.raises(GrantError, match="malformed"):
        Grant.from_bytes(stored)


def test_a_grant_in_another_place_is_malformed() -> None:
    """So nobody can lay another agency's grant where it hides a newer one."""
    with pytest.raises(GrantError, match="another place"):
        Grant.from_bytes(STORED, GRANT.place.replace(".police", ".migration"))


@pytest.mark.parametrize(
    "wrong", [b"", bytes(PUBLIC_BYTES), b"\xff" * PUBLIC_BYTES, NGO.public[:-1], NGO.public + b"x"]
)
def test_nothing_is_granted_to_a_public_key_that_is_none(wrong: bytes) -> None:
    """Too short, too long, not reduced, or X25519's point of low order."""
    with pytest.raises(GrantError, match="malformed"):
        grant(KEY, "ngo-fyren", wrong, POLICE)


@pytest.mark.parametrize("recipient", ["", "NGO", "ngo.fyren", "*", ">"])
def test_nothing_is_granted_to_a_name_that_is_none(recipient: str) -> None:
    """It stands in a subject."""
    with pytest.raises(GrantError, match="malformed"):
        grant(KEY, recipient, NGO.public, POLICE)


def test_a_public_sealing_key_is_both_halves() -> None:
    """What the directory holds is enough to seal to the agency, and is what X-Wing has on the wire."""
    assert len(NGO.public) == PUBLIC_BYTES
    place = info(KEY.case_id, KEY.compartment, KEY.kid, "ngo-fyren")
    wrapped = SUITE.encrypt(KEY.secret, public_from_bytes(NGO.public), place)
    assert NGO.open(wrapped, place) == KEY.secret
    assert place == f'["stafett grant v1","{KEY.case_id}","health","{KEY.kid}","ngo-fyren"]'.encode()


def test_both_halves_count() -> None:
    """Neither the same ML-KEM key with another X25519 key opens it, nor the other way round."""
    mlkem, x25519 = bytes(range(64)), bytes(range(32))
    both = SealingKey.of_halves(mlkem, x25519)
    given = grant(KEY, "ngo-fyren", both.public, POLICE)
    assert accepted(given, key=SealingKey.of_halves(mlkem, x25519)) == KEY
    assert reason(given, key=SealingKey.of_halves(mlkem, bytes(32))) == "cannot-open"
    assert reason(given, key=SealingKey.of_halves(bytes(64), x25519)) == "cannot-open"


def test_a_sealing_key_comes_back_from_its_file(tmp_path: Path) -> None:
    """Written once, for its owner's eyes."""
    path = tmp_path / "sealing.key"
    NGO.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    back = SealingKey.load(path)
    assert back.public == NGO.public
    assert accepted(GRANT, key=back) == KEY
    with pytest.raises(FileExistsError):
        NGO.write(path)


def test_a_sealing_key_is_the_seed_of_xwing(tmp_path: Path) -> None:
    """Programs in other languages take the same 32 bytes; FIPS 203's seed and X25519's secret follow from them."""
    path, seed = tmp_path / "sealing.key", bytes(range(32))
    SealingKey(seed).write(path)
    assert json.loads(path.read_bytes())["xwing_seed"] == seed.hex()
    halves = shake_256(seed).digest(96)
    assert SealingKey.of_halves(halves[:64], halves[64:]).public == SealingKey.load(path).public
    with pytest.raises(ValueError, match="32 bytes"):
        SealingKey(bytes(96))


def test_a_sealing_key_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    """It has no seed, so it stays as it is, and opens what was granted to it."""
    path, mlkem, x25519 = tmp_path / "sealing.key", bytes(range(64)), bytes(range(64, 96))
    content = {
        "form": "stafett sealing key v1",
        "mlkem768_seed": urlsafe_b64encode(mlkem).decode(),
        "x25519_secret": urlsafe_b64encode(x25519).decode(),
        "sha256": sha256(mlkem + x25519).hexdigest(),
    }
    path.write_text(json.dumps(content, separators=(",", ":")))
    path.chmod(0o600)
    back = SealingKey.load(path)
    assert back.public == SealingKey.of_halves(mlkem, x25519).public
    assert accepted(grant(KEY, "ngo-fyren", back.public, POLICE), key=back) == KEY
    back.write(tmp_path / "copy.key")
    assert (tmp_path / "copy.key").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_sealing_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A key that may have been copied is no longer only the agency's."""
    path = tmp_path / "sealing.key"
    NGO.write(path)
    path.chmod(mode)
    with pytest.raises(StoreError, match=r"sealing\.key may be read by others"):
        SealingKey.load(path)


def test_a_missing_sealing_key_is_named(tmp_path: Path) -> None:
    """The operator learns which file it is."""
    with pytest.raises(StoreError, match=r"sealing\.key cannot be read"):
        SealingKey.load(tmp_path / "sealing.key")


@examples(100)
@given(st.data())
def test_a_damaged_sealing_key_is_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Cut off, or with a bit flipped anywhere: told plainly, before anything is sealed to it or lost."""
    path = tmp_path_factory.mktemp("home") / "sealing.key"
    NGO.write(path)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"sealing\.key is not a whole sealing key") as refused:
        SealingKey.load(path)
    assert refused.value.__cause__ is None


def test_a_signing_key_is_no_sealing_key(tmp_path: Path) -> None:
    """Another kind of file in its place."""
    path = tmp_path / "sealing.key"
    path.write_bytes(bytes(range(32)))
    path.chmod(0o600)
    with pytest.raises(StoreError, match="not a whole sealing key"):
        SealingKey.load(path)


def test_a_new_sealing_key_is_what_randomness_gives() -> None:
    """The same randomness gives the same key."""
    assert SealingKey.new(random.Random(1).randbytes).public == SealingKey.new(random.Random(1).randbytes).public
    assert SealingKey.new().public != SealingKey.new().public
