"""Content that was once sealed, granted and wrapped opens for ever.

`vectors/sealing.json` lets programs in other languages check the same. The file is frozen; run as a script, this module
writes it if it is missing.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from harness.jose import decoded, jwe

from bus.envelope.signing import Signer
from bus.errors import SealError
from bus.sealing.content import ContentKey, kid_of, open_sealed, pad, seal
from bus.sealing.grants import Grant, SealingKey, accept, grant, info
from bus.sealing.vault import Vault, id_of

FILE: Final = Path(__file__).parent / "vectors" / "sealing.json"


def vectors() -> dict[str, Any]:
    """The frozen file."""
    content: dict[str, Any] = json.loads(FILE.read_bytes())
    return content


def content_key(held: dict[str, str]) -> ContentKey:
    """A key as the file has it."""
    return ContentKey(held["case"], held["compartment"], held["kid"], bytes.fromhex(held["secret"]))


@pytest.mark.parametrize("vector", vectors()["sealed"] if FILE.exists() else [], ids=lambda vector: vector["name"])
def test_what_was_sealed_opens_and_is_made_again_to_the_byte(vector: dict[str, str]) -> None:
    """With the nonce of then the same bytes come out, by the bus and by the tests' own hand."""
    key, sealed = content_key(vectors()["key"]), vector["sealed"].encode()
    content = vector["content"].encode()
    assert open_sealed(key, sealed, agency=vector["agency"], id=vector["id"]) == content
    assert kid_of(sealed) == key.kid
    header, _, iv, _, _ = sealed.split(b".")
    assert jwe(key.secret, decoded(header), pad(content), decoded(iv)) == sealed
    assert seal(key, content, agency=vector["agency"], id=vector["id"], random=lambda _: decoded(iv)) == sealed


@pytest.mark.parametrize("vector", vectors()["refused"] if FILE.exists() else [], ids=lambda vector: vector["name"])
def test_what_was_refused_is_refused(vector: dict[str, str]) -> None:
    """For the same reason."""
    with pytest.raises(SealError) as refused:
        key = content_key(vectors()["key"])
        open_sealed(key, vector["sealed"].encode(), agency=vector["agency"], id=vector["id"])
    assert refused.value.reason == vector["reason"]


def test_what_was_granted_arrives() -> None:
    """What is signed, what HPKE is bound to and the signature are the same to the byte."""
    held = vectors()["grant"]
    stored = json.dumps(held["grant"], separators=(",", ":")).encode()
    given = Grant.from_bytes(stored, held["subject"])
    granter = Signer(given.granter, bytes.fromhex(held["granter_secret"]))
    recipient = SealingKey.of_halves(bytes.fromhex(held["mlkem768_seed"]), bytes.fromhex(held["x25519_secret"]))
    assert recipient.public.hex() == held["public"]
    assert info(given.case_id, given.compartment, given.kid, given.recipient).decode() == held["info"]
    assert given.signed_bytes().decode() == held["signed"]
    assert granter.sign(given.signed_bytes()) == given.signature
    key = accept(given, recipient, recipient=given.recipient, public_of_granter=granter.public)
    assert key == content_key(vectors()["key"])


def test_what_was_wrapped_comes_back() -> None:
    """The vault's blob is made again to the byte with the nonce of then."""
    held = vectors()["vault"]
    key, blob = bytes.fromhex(held["key"]), bytes.fromhex(held["blob"])
    assert id_of(key) == held["id"]
    assert Vault([key]).unwrap(blob, held["context"]).hex() == held["secret"]
    assert Vault([key]).wrap(bytes.fromhex(held["secret"]), held["context"], lambda size: blob[9 : 9 + size]) == blob


def _new_vectors() -> dict[str, Any]:
    key = ContentKey(str(UUID(int=0xCA5E)), "case", _kid(1), bytes(range(32)))
    held = {"case": key.case_id, "compartment": key.compartment, "kid": key.kid, "secret": key.secret.hex()}
    return {"key": held, "sealed": _sealed(key), "refused": _refused(key), "grant": _granted(key), "vault": _wrapped()}


def _kid(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(16, "big")).rstrip(b"=").decode()


def _sealed(key: ContentKey) -> list[dict[str, str]]:
    contents = {
        "short": '{"form":"labour","region":"01"}',
        "not ascii": '{"note":"ej längre kvar på Öland"}',
        "a block less one": '{"n":"' + "x" * 503 + '"}',
        "a block": '{"n":"' + "x" * 504 + '"}',
        "a block and one": '{"n":"' + "x" * 505 + '"}',
    }
    event = str(UUID(int=0xE7E27))
    return [
        {"name": name, "agency": "ngo-fyren", "id": event, "content": content}
        | {"sealed": seal(key, content.encode(), agency="ngo-fyren", id=event).decode()}
        for name, content in contents.items()
    ]


def _refused(key: ContentKey) -> list[dict[str, str]]:
    event, content = str(UUID(int=0xE7E27)), b'{"form":"labour","region":"01"}'
    header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid, "iss": "ngo-fyren", "sub": event}
    honest = jwe(key.secret, header, pad(content))
    cases = {
        "another event": ("wrong-place", jwe(key.secret, {**header, "sub": str(UUID(int=7))}, pad(content))),
        "another agency": ("wrong-place", jwe(key.secret, {**header, "iss": "police"}, pad(content))),
        "another epoch": ("wrong-place", jwe(key.secret, {**header, "kid": _kid(2)}, pad(content))),
        "another secret": ("wrong-key", jwe(bytes(32), header, pad(content))),
        "a tag cut short": ("malformed", honest[:-6]),
        "compressed": ("malformed", jwe(key.secret, {**header, "zip": "DEF"}, pad(content))),
        "another algorithm": ("malformed", jwe(key.secret, {**header, "alg": "A256GCMKW"}, pad(content))),
        "another encryption": ("malformed", jwe(key.secret, {**header, "enc": "A128GCM"}, pad(content))),
        "a name more": ("malformed", jwe(key.secret, {**header, "typ": "JOSE"}, pad(content))),
        "white space in the header": ("malformed", jwe(key.secret, json.dumps(header).encode(), pad(content))),
        "not padded": ("broken-padding", jwe(key.secret, header, content)),
        "padded with zeros": ("broken-padding", jwe(key.secret, header, content.ljust(512, b"\0"))),
        "nothing but padding": ("broken-padding", jwe(key.secret, header, b" " * 512)),
    }
    return [
        {"name": name, "agency": "ngo-fyren", "id": event, "reason": reason, "sealed": sealed.decode()}
        for name, (reason, sealed) in cases.items()
    ]


def _granted(key: ContentKey) -> dict[str, Any]:
    mlkem_seed, x25519_secret, granter_secret = bytes(range(64)), bytes(range(64, 96)), bytes(range(96, 128))
    recipient = SealingKey.of_halves(mlkem_seed, x25519_secret)
    signer = Signer("police", granter_secret)
    given = grant(key, "ngo-fyren", recipient.public, signer)
    return {
        "mlkem768_seed": mlkem_seed.hex(),
        "x25519_secret": x25519_secret.hex(),
        "public": recipient.public.hex(),
        "granter_secret": granter_secret.hex(),
        "granter_public": signer.public.hex(),
        "subject": given.place,
        "info": info(key.case_id, key.compartment, key.kid, "ngo-fyren").decode(),
        "signed": given.signed_bytes().decode(),
        "grant": json.loads(given.to_bytes()),
    }


def _wrapped() -> dict[str, str]:
    key, secret, context = bytes(range(128, 160)), bytes(range(160, 192)), "a place in the store"
    blob = Vault([key]).wrap(secret, context, lambda size: bytes(range(size)))
    return {"key": key.hex(), "id": id_of(key), "context": context, "secret": secret.hex(), "blob": blob.hex()}


if __name__ == "__main__":
    with FILE.open("x") as file:
        json.dump(_new_vectors(), file, indent=2, ensure_ascii=False)
        file.write("\n")
