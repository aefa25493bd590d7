"""An envelope has one meaning, and a signature: a reader notices everything that is altered, left out or added."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from harness.examples import examples
from harness.forging import RECORDED_AT, a_directory, a_signer, after, another, key_for, sealed, signed_anew
from hypothesis import given
from hypothesis import strategies as st

from bus.envelope.envelope import CONTENT_TYPE, GENESIS, Envelope, dsse, parse
from bus.envelope.signing import Signer
from bus.errors import EnvelopeError, StoreError
from bus.sealing.content import open_sealed
from bus.secret_files import write_private
from contracts.chapters.consent import ConsentGiven

NGO = a_signer("ngo-fyren")
POLICE = a_signer("police")


DIRECTORY = a_directory(NGO, POLICE, duties=("VictimDetected", "ConsultationRequested"))
ENVELOPE = sealed(NGO, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
SIGNED = sorted(set(ENVELOPE.headers) - {"ce-traceparent"})


def believe(envelope: Envelope) -> None:
    """Let a receiver believe an envelope, or raise EnvelopeError."""
    DIRECTORY.believe(envelope, authentic=False)


def reason(headers: dict[str, str], data: bytes = ENVELOPE.data) -> str:
    """Why a receiver refuses a message, which it must."""
    with pytest.raises(EnvelopeError) as refused:
        believe(parse(headers, data))
    return refused.value.reason


def test_an_envelope_round_trips() -> None:
    """What is sealed is read back the same, by the wire and by the store, and believed."""
    assert parse(dict(ENVELOPE.headers), ENVELOPE.data) == ENVELOPE
    assert Envelope.from_bytes(ENVELOPE.to_bytes()) == ENVELOPE
    believe(ENVELOPE)
    following = sealed(NGO, **after(ENVELOPE))
    assert (following.version, following.previous) == (2, ENVELOPE.hash)
    assert (ENVELOPE.version, ENVELOPE.previous) == (1, GENESIS)
    assert ENVELOPE.recorded_at == RECORDED_AT


def test_the_attributes_are_those_of_cloudevents_in_binary_mode() -> None:
    """Each attribute is a `ce-` header; the data is the message itself."""
    headers = ENVELOPE.headers
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-type"] == "se.nrm.VictimDetected.v2"
    assert headers["ce-source"] == "ngo-fyren"
    assert headers["ce-subject"] == ENVELOPE.case_id
    assert headers["ce-time"] == "2026-03-04T09:31:00Z"
    assert headers["ce-recordedat"] == "2026-03-04T09:31:00.123456Z"
    assert headers["ce-datacontenttype"] == "application/vnd.stafett.sections+jose"
    assert headers["ce-dataschema"] == "urn:x-stafett:schema:VictimDetected.v2"
    assert headers["ce-caseversion"] == "1"
    assert headers["ce-signedextattrs"] == "caseversion,previous,ruleset,recordedat,correlationid,causationid"
    assert ENVELOPE.subject == f"case.{ENVELOPE.case_id}.VictimDetected.ngo-fyren"
    content = open_sealed(key_for(ENVELOPE.case_id), ENVELOPE.data, agency="ngo-fyren", id=ENVELOPE.event_id)
    assert json.loads(content)["occurred_at"]


def digest(content: str | bytes) -> bytes:
    """SHA-256."""
    return sha256(content.encode() if isinstance(content, str) else content).digest()


def test_the_signature_is_the_one_that_the_verifiability_extension_describes() -> None:
    """Computed here from the specifications alone: the material of CloudEvents verifiability, signed by DSSE's PAE."""
    attributes = {name.removeprefix("ce-"): value for name, value in ENVELOPE.headers.items()}
    material = b""
    for name in ("id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time"):
        material += digest(attributes[name])
    material += digest(ENVELOPE.data)
    for name in attributes["signedextattrs"].split(","):
        material += digest(name) + digest(attributes[name])
    expected = digest(material)

    envelope = json.loads(base64.b64decode(attributes["dssematerial"]))
    kind = "https://cloudevents.io/verifiability/dsse/v0.1"
    assert envelope["payloadType"] == kind
    assert base64.b64decode(envelope["payload"]) == expected
    assert ENVELOPE.hash == expected.hex()
    (signature,) = envelope["signatures"]
    assert signature["keyid"] == sha256(NGO.public).hexdigest()[:32]
    encoding = b"DSSEv1 " + str(len(kind)).encode() + b" " + kind.encode() + b" 32 " + expected
    Ed25519PublicKey.from_public_bytes(NGO.public).verify(base64.b64decode(signature["sig"]), encoding)


@pytest.mark.parametrize("name", SIGNED)
def test_an_altered_attribute_is_refused(name: str) -> None:
    """One character of any attribute: the message is not believed."""
    headers = dict(ENVELOPE.headers)
    for value in (another(headers[name]), headers[name] + "0", headers[name][:-1], ""):
        assert reason({**headers, name: value}) in {"altered", "malformed-envelope", "bad-signature"}


@pytest.mark.parametrize("name", sorted(set(SIGNED) - {"ce-dssematerial"}))
def test_an_altered_attribute_is_refused_when_its_digest_is_made_to_fit(name: str) -> None:
    """Whoever alters an attribute and signs it anew with a key of their own is not the agency."""
    headers = dict(ENVELOPE.headers)
    value = f"{headers[name][:-1]}{'1' if headers[name][-1] != '1' else '2'}"
    stranger = a_signer("ngo-fyren")
    refused = reason(signed_anew({**headers, name: value}, ENVELOPE.data, stranger))
    assert refused in {"unknown-issuer", "malformed-envelope"}


def test_an_altered_data_byte_is_refused() -> None:
    """One bit of any byte of the data."""
    for place in range(len(ENVELOPE.data)):
        data = bytearray(ENVELOPE.data)
        data[place] ^= 1
        assert reason(dict(ENVELOPE.headers), bytes(data)) == "altered", place


@pytest.mark.parametrize("change", [lambda data: data + b" ", lambda data: data[:-1], lambda data: b""])
def test_data_of_another_length_is_refused(change: Callable[[bytes], bytes]) -> None:
    """Bytes added, cut or gone."""
    assert reason(dict(ENVELOPE.headers), change(ENVELOPE.data)) == "altered"


@pytest.mark.parametrize("name", SIGNED)
def test_a_missing_attribute_is_refused(name: str) -> None:
    """Every attribute is needed, but the trace."""
    headers = {other: value for other, value in ENVELOPE.headers.items() if other != name}
    assert reason(headers) == "malformed-envelope"


def test_the_trace_is_free() -> None:
    """`traceparent` is not signed: it may be left out or changed on the way."""
    headers = dict(ENVELOPE.headers)
    believe(parse({**headers, "ce-traceparent": "another"}, ENVELOPE.data))
    del headers["ce-traceparent"]
    believe(parse(headers, ENVELOPE.data))


def test_an_unknown_attribute_is_refused() -> None:
    """An attribute that nobody signed could be taken for one that somebody did."""
    assert reason({**ENVELOPE.headers, "ce-priority": "high"}) == "malformed-envelope"


def test_an_attribute_is_known_by_its_exact_name() -> None:
    """Header names are compared as they are, so that no two receivers read different attributes."""
    headers = {name.upper(): value for name, value in ENVELOPE.headers.items()}
    assert reason(headers) == "malformed-envelope"


def test_the_headers_of_the_way_are_left_out() -> None:
    """NATS and others may add headers that are not the event's; they are neither judged nor kept."""
    added = {"Nats-Expected-Last-Subject-Sequence": "7", "X-Other": "é\n", "CE-Id": "x"}
    envelope = parse({**added, **ENVELOPE.headers}, ENVELOPE.data)
    assert envelope == ENVELOPE
    assert not envelope.headers.keys() & added.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce-specversion", "2.0"),
        ("ce-datacontenttype", "text/plain"),
        ("ce-signedextattrs", "caseversion,previous"),
        ("ce-caseversion", "0"),
        ("ce-caseversion", "-1"),
        ("ce-caseversion", "01"),
        ("ce-caseversion", "१"),
        ("ce-caseversion", "9" * 5000),
        ("ce-recordedat", "2026-03-04T09:31:00"),
        ("ce-recordedat", "yesterday"),
        ("ce-recordedat", "2026-03-04T09:31:00Z"),
        ("ce-recordedat", "2026-03-04T09:31:00.123456+00:00"),
        ("ce-recordedat", "20260304T093100.123456Z"),
        ("ce-recordedat", "0001-01-01T00:00:00+23:59"),
        ("ce-recordedat", "9999-12-31T23:59:59-23:59"),
        ("ce-recordedat", "2026-03-04T10:31:00.123456+01:00"),
        ("ce-id", "1"),
        pytest.param("ce-id", ENVELOPE.event_id.upper(), id="in capitals"),
        pytest.param("ce-id", "{" + ENVELOPE.event_id + "}", id="in braces"),
        ("ce-subject", "*"),
        pytest.param("ce-subject", f"urn:uuid:{ENVELOPE.case_id}", id="as an address"),
        ("ce-type", "se.nrm.VictimDetected"),
        ("ce-type", "com.nrm.VictimDetected.v1"),
        ("ce-type", "se.nrm.VictimDetected.1"),
        ("ce-type", "se.nrm.VictimDetected.v1\x00"),
        ("ce-type", "se.nrm.VictimDetected.v"),
        ("ce-ruleset", "se-2022\x00"),
        ("ce-correlationid", "line\nbreak"),
        ("ce-causationid", "\x7f"),
        ("ce-traceparent", "\x00"),
    ],
)
def test_a_signed_attribute_without_its_form_is_refused(name: str, value: str) -> None:
    """Even the agency itself cannot say what has no meaning, or what some store cannot hold."""
    headers = signed_anew({**ENVELOPE.headers, name: value}, ENVELOPE.data, NGO)
    assert reason(headers) == "malformed-envelope"


def test_data_that_is_not_text_is_refused() -> None:
    """The data is JSON, so UTF-8."""
    data = b"\xff" + ENVELOPE.data
    assert reason(signed_anew(ENVELOPE.headers, data, NGO), data) == "malformed-envelope"


DSSE = json.loads(base64.b64decode(ENVELOPE.headers["ce-dssematerial"]))


@pytest.mark.parametrize(
    "content",
    [
        [],
        None,
        "text",
        {},
        {**DSSE, "payloadType": "application/vnd.in-toto+json"},
        {**DSSE, "payload": "AAAA"},
        {**DSSE, "payload": 7},
        {**DSSE, "payload": "é"},
        {**DSSE, "signatures": []},
        {**DSSE, "signatures": DSSE["signatures"] * 2},
        {**DSSE, "signatures": "s"},
        {**DSSE, "signatures": [None]},
        {**DSSE, "signatures": [{"keyid": 1, "sig": ""}]},
        {**DSSE, "signatures": [{"keyid": NGO.key_id}]},
        {**DSSE, "signatures": [{"keyid": NGO.key_id, "sig": "*"}]},
    ],
)
def test_material_that_is_not_one_signature_is_refused(content: object) -> None:
    """The DSSE envelope has one payload and one signature, and nothing else will do."""
    encoded = base64.b64encode(json.dumps(content).encode()).decode()
    assert reason({**ENVELOPE.headers, "ce-dssematerial": encoded}) == "malformed-envelope"


@pytest.mark.parametrize(
    "signature",
    [b"", b"\0" * 64, b"\0" * 63, ENVELOPE.signature + b"\0"],
    ids=["empty", "zeros", "too few", "one byte more"],
)
def test_a_signature_that_is_none_is_refused(signature: bytes) -> None:
    """A signature of any length that the key did not make."""
    headers = {
        **ENVELOPE.headers,
        "ce-dssematerial": dsse(bytes.fromhex(ENVELOPE.hash), NGO.key_id, signature),
    }
    assert reason(headers) == "bad-signature"


def test_another_agencys_signature_is_refused() -> None:
    """A key in the directory signs for its own agency alone."""
    assert reason(signed_anew(ENVELOPE.headers, ENVELOPE.data, POLICE)) == "unknown-issuer"


def test_another_keys_signature_under_the_agencys_key_id_is_refused() -> None:
    """The key id is a hint; what counts is the signature."""
    stranger = sealed(a_signer("ngo-fyren"))
    headers = {
        **stranger.headers,
        "ce-dssematerial": dsse(bytes.fromhex(stranger.hash), NGO.key_id, stranger.signature),
    }
    assert reason(headers, stranger.data) == "bad-signature"


def test_an_agency_outside_the_directory_is_refused() -> None:
    """Whoever was not admitted is not heard, whatever they sign."""
    stranger = sealed(a_signer("region-01"))
    assert reason(dict(stranger.headers), stranger.data) == "unknown-issuer"


def test_an_event_that_is_not_a_duty_is_refused() -> None:
    """A valid signature does not make it the agency's business."""
    envelope = sealed(POLICE, ConsentGiven.canonical())
    assert reason(dict(envelope.headers), envelope.data) == "not-a-duty"


text = st.text(max_size=40)
attribute = st.one_of(st.sampled_from(sorted(ENVELOPE.headers)), text, text.map(lambda name: f"ce-{name}"))


@examples(300)
@given(st.dictionaries(attribute, text, max_size=20), st.binary(max_size=100))
def test_arbitrary_messages_are_refused_in_order(headers: dict[str, str], data: bytes) -> None:
    """Whatever stands in headers and data, a receiver raises EnvelopeError or nothing."""
    with pytest.raises(EnvelopeError):
        believe(parse(headers, data))


@examples(500)
@given(st.dictionaries(st.sampled_from(sorted(ENVELOPE.headers)), text, min_size=1, max_size=4), st.booleans())
def test_arbitrary_attributes_in_a_real_envelope_are_refused_in_order(changes: dict[str, str], sign: bool) -> None:
    """A real envelope with some attributes replaced, signed anew or not: believed, or EnvelopeError."""
    headers = {**ENVELOPE.headers, **changes}
    if sign:
        headers = signed_anew(headers, ENVELOPE.data, NGO)
    try:
        believe(parse(headers, ENVELOPE.data))
    except EnvelopeError:
        return
    assert sign or changes.keys() <= {"ce-traceparent"} or headers == ENVELOPE.headers


@examples(200)
@given(st.one_of(text, st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode())))
def test_arbitrary_material_is_refused_in_order(material: str) -> None:
    """Whatever stands where the signature should."""
    assert reason({**ENVELOPE.headers, "ce-dssematerial": material}) == "malformed-envelope"


@examples(200)
@given(st.binary(max_size=200))
def test_any_text_is_signed_as_it_is(data: bytes) -> None:
    """The exact bytes are signed and kept, JSON or not; only what is not UTF-8 is refused."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return
    envelope = sealed(NGO, data=data, content_type=CONTENT_TYPE)
    believe(envelope)
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A key that may have been copied is no longer only the agency's."""
    path = tmp_path / "signing.pem"
    write_private(path, _pem())
    assert Signer.load("ngo-fyren", path).agency == "ngo-fyren"
    path.chmod(mode)
    with pytest.raises(StoreError, match=r"signing\.pem may be read by others"):
        Signer.load("ngo-fyren", path)


def test_a_secret_is_private_from_its_first_byte(tmp_path: Path) -> None:
    """A secret's file is its owner's alone, and an existing one is not overwritten."""
    path = tmp_path / "signing.pem"
    write_private(path, b"secret")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_private(path, b"other")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Only Ed25519 signs."""
    path = tmp_path / "signing.pem"
    key = generate_private_key(SECP256R1())
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(StoreError, match="not an Ed25519"):
        Signer.load("ngo-fyren", path)


def _pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
