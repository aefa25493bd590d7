"""Every replica gives the same answer to every signature, even to one that is made to divide the replicas (ADR 17)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from harness import ed25519
from harness.examples import examples
from harness.forging import ROOT, a_signer
from hypothesis import given
from hypothesis import strategies as st
from nacl.exceptions import BadSignatureError

from bus.directory.directory import Directory
from bus.envelope import signing
from bus.envelope.signing import Check, Signer, verify, verify_many
from bus.envelope.signing_rule import EDGES, Edge, require_the_rule
from bus.errors import SignatureRuleError
from bus.operator.provision import provision
from services import mandate_of
from stafett.commands.main import main

RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
        "24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
        "eeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed2"
        "8dc027beceea1ec40a",
    ),
]
"""The first test vectors of RFC 8032: private key, public key, message, signature."""

seeds, messages = st.binary(min_size=32, max_size=32), st.binary(max_size=80)


def checked(edge: Edge) -> Check:
    """What `verify` takes."""
    return bytes.fromhex(edge.public), bytes.fromhex(edge.signature), bytes.fromhex(edge.message)


def by_openssl(public: bytes, signature: bytes, message: bytes) -> bool:
    """The answer of the library that judged until ADR 17."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(("private", "public", "message", "signature"), RFC_8032)
def test_signatures_are_those_of_the_standard(private: str, public: str, message: str, signature: str) -> None:
    """RFC 8032 says which bytes a key signs a message with."""
    signer = Signer("police", bytes.fromhex(private))
    assert signer.public.hex() == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature
    assert verify(signer.public, bytes.fromhex(signature), bytes.fromhex(message))


@pytest.mark.parametrize(("place", "edge"), list(enumerate(EDGES)), ids=lambda each: getattr(each, "name", None))
def test_a_signature_at_an_edge_has_a_fixed_answer(place: int, edge: Edge) -> None:
    """The twelve published cases on which libraries differ: the rule takes the fourth alone."""
    assert verify(*checked(edge)) is edge.good is (place == 3)
    assert ed25519.good(*checked(edge)) is edge.good


def test_what_the_former_library_took_and_the_rule_refuses() -> None:
    """Four of the twelve: points of small order as key or nonce, one of them in another spelling. Nothing is the other
    way round, so a log of honest signers is judged as before.
    """
    differing = [place for place, edge in enumerate(EDGES) if by_openssl(*checked(edge)) != edge.good]
    assert differing == [0, 1, 2, 11]
    assert all(by_openssl(*checked(EDGES[place])) for place in differing)


@examples(100)
@given(seeds, messages)
def test_an_honest_signature_is_the_same_in_both_libraries(private: bytes, message: bytes) -> None:
    """Ed25519 leaves the signer no choice: old signatures and new are the same bytes, and good by either library."""
    signer, former = Signer("police", private), Ed25519PrivateKey.from_private_bytes(private)
    signature = signer.sign(message)
    assert signature == former.sign(message)
    assert signer.public == former.public_key().public_bytes_raw()
    assert verify(signer.public, signature, message)
    assert by_openssl(signer.public, signature, message)


@examples(60)
@given(st.data())
def test_a_dishonest_signature_is_judged_by_the_rule(data: st.DataObject) -> None:
    """Key and nonce with any torsion, of small order or not, in any spelling; the scalar in range or above it."""
    torsion = st.sampled_from(ed25519.TORSION)
    secret, once = (data.draw(st.integers(0, 3)) for _ in range(2))
    key = ed25519.add(ed25519.times(secret, ed25519.BASE), data.draw(torsion))
    nonce = ed25519.add(ed25519.times(once, ed25519.BASE), data.draw(torsion))
    public = data.draw(st.sampled_from(ed25519.spellings(key)))
    first = data.draw(st.sampled_from(ed25519.spellings(nonce)))
    message = data.draw(messages)
    scalar = (once + ed25519.hashed(first, public, message) * secret) % ed25519.L
    signature = first + (scalar + data.draw(st.sampled_from((0, ed25519.L)))).to_bytes(32, "little")
    assert ed25519.good_with_cofactor(public, signature, message)
    assert verify(public, signature, message) is ed25519.good(public, signature, message)


@examples(200)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64), messages)
def test_arbitrary_bytes_are_judged_by_the_rule(public: bytes, signature: bytes, message: bytes) -> None:
    """They are refused, and nothing worse happens."""
    assert not verify(public, signature, message)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_of_another_length_signed_nothing(length: int) -> None:
    """The library would read beyond its end."""
    signer = a_signer("police")
    assert not verify((signer.public * 2)[:length], signer.sign(b"said"), b"said")


def test_a_signature_cannot_borrow_from_the_message() -> None:
    """The library takes both in one piece: a signature that holds the message's first byte is none."""
    signer = a_signer("police")
    signature = signer.sign(b"said")
    assert verify(signer.public, signature, b"said")
    assert not verify(signer.public, signature + b"s", b"aid")
    assert not verify(signer.public, signature[:-1], signature[-1:] + b"said")


def _openssl_in_its_place(signed: bytes, public: bytes) -> bytes:
    if not by_openssl(public, signed[:64], signed[64:]):
        raise BadSignatureError
    return signed[64:]


def _with_cofactor(signed: bytes, public: bytes) -> bytes:
    if not ed25519.good_with_cofactor(public, signed[:64], signed[64:]):
        raise BadSignatureError
    return signed[64:]


@pytest.mark.parametrize("library", [_openssl_in_its_place, _with_cofactor])
def test_a_library_that_judges_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch, library: Any) -> None:
    """Nothing is believed with it; the operator is told. libsodium's own next release counts with the cofactor."""
    require_the_rule.cache_clear()
    monkeypatch.setattr(signing, "crypto_sign_open", library)
    with pytest.raises(SignatureRuleError, match="does not judge as all agencies must"):
        Directory.trusting(ROOT.public)
    monkeypatch.undo()
    assert Directory.trusting(ROOT.public).root == ROOT.public


def test_the_operator_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not by a traceback: a command says which library is wrong, and ends with 2."""
    provision(tmp_path, {"police": mandate_of("police")}, datetime.now(UTC))
    require_the_rule.cache_clear()
    monkeypatch.setattr(signing, "crypto_sign_open", _openssl_in_its_place)
    assert main(["verify", "police", "--home", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("the installed libsodium does not judge")


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 200])
def test_many_signatures_are_judged_as_each_alone(count: int) -> None:
    """In their order, on however many threads."""
    signer = a_signer("police")
    checks = [(signer.public, signer.sign(b"%d" % n), b"%d" % (n if n % 7 else -1)) for n in range(count)]
    expected = [bool(n % 7) for n in range(count)]
    assert verify_many(checks) == verify_many(checks, threads=5) == verify_many(checks, threads=1) == expected
