"""Grants: a grant carries a key to one agency. It is sealed to that agency alone (HPKE), and the granter signs it.

A grant names its case, compartment, epoch and recipient, and opens for no others.
"""

from __future__ import annotations

import base64
from typing import Annotated, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bus.envelope.jwe import KID
from bus.envelope.signing import Signer, key_id, pre_authentication_encoding, verify
from bus.errors import GrantError
from bus.sealing.content import COMPARTMENT, KEY_BYTES, UUID, ContentKey
from bus.sealing.sealing_keys import OVERHEAD_BYTES, SUITE, SealingKey, SealingKeys, public_from_bytes
from contracts.vocabulary.agencies import AgencyId

__all__ = ["Grant", "SealingKey", "accept", "grant", "info", "public_from_bytes"]

PAYLOAD_TYPE: Final = "application/vnd.stafett.grant.v1+json"
MAX_BYTES: Final = 4096
"""The largest number of bytes of a grant."""

_LABEL: Final = "stafett grant v1"
_WRAPPED_BYTES: Final = KEY_BYTES + OVERHEAD_BYTES


class Grant(BaseModel):
    """A grant of a key to one agency.

    Attributes:
        case_id: The case.
        compartment: The compartment.
        kid: The id of the key, and so of its epoch.
        recipient: The agency that gets the key.
        granter: The agency that grants it.
        wrapped: 1,168 bytes: HPKE's encapsulated key (1,120 bytes), then the sealed secret.
        key_id: The id of the granter's signing key.
        signature: 64 bytes, over all other fields.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, ser_json_bytes="base64", val_json_bytes="base64"
    )

    case_id: Annotated[str, Field(pattern=f"^{UUID}$")]
    compartment: Annotated[str, Field(pattern=f"^{COMPARTMENT}$")]
    kid: Annotated[str, Field(pattern=f"^{KID}$")]
    recipient: AgencyId
    granter: AgencyId
    wrapped: Annotated[bytes, Field(min_length=_WRAPPED_BYTES, max_length=_WRAPPED_BYTES)]
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    signature: Annotated[bytes, Field(min_length=64, max_length=64)]

    @property
    def place(self) -> str:
        """The grant's subject without its last token: `key.<case>.<compartment>.<kid>.<recipient>.<granter>`."""
        return f"key.{self.case_id}.{self.compartment}.{self.kid}.{self.recipient}.{self.granter}"

    def to_bytes(self) -> bytes:
        """Return the grant as JSON in canonical form: the fields in their order, bytes in padded base64url."""
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, stored: bytes, place: str | None = None) -> Grant:
        """Read a grant in canonical form. Its signature is not verified here: see `accept`.

        `place`: the place that the grant must name, if given. Raises GrantError `malformed`.
        """
        if len(stored) > MAX_BYTES:
            raise GrantError("malformed", f"more than {MAX_BYTES} bytes")
        try:
            grant = cls.model_validate_json(stored)
        except ValidationError:
            raise GrantError("malformed", "not a grant") from None
        if grant.to_bytes() != stored:
            raise GrantError("malformed", "not in the form in which grants are written")
        if place is not None and grant.place != place:
            raise GrantError("malformed", "it belongs in another place")
        return grant

    def signed_bytes(self) -> bytes:
        """Return the bytes that the signature covers, by the DSSE protocol.

        The payload is a JSON array of strings; the wrapped bytes are in base64.
        """
        wrapped = base64.b64encode(self.wrapped).decode()
        fields = [_LABEL, self.case_id, self.compartment, self.kid, self.recipient, self.granter, self.key_id, wrapped]
        return pre_authentication_encoding(PAYLOAD_TYPE, orjson.dumps(fields))


def info(case_id: str, compartment: str, kid: str, recipient: str) -> bytes:
    """Return the `info` to which HPKE binds a wrapped key: a JSON array of strings without white space."""
    return orjson.dumps([_LABEL, case_id, compartment, kid, recipient])


def grant(key: ContentKey, recipient: str, recipient_public: bytes, signer: Signer) -> Grant:
    """Make a grant of a key to an agency. `recipient_public`: its public sealing key, from the directory.

    Raises GrantError `malformed` when the recipient's name or its public key does not have its form.
    """
    place = info(key.case_id, key.compartment, key.kid, recipient)
    try:
        wrapped = SUITE.encrypt(key.secret, public_from_bytes(recipient_public), place)
    except ValueError:
        raise GrantError("malformed", "the recipient's public sealing key is none") from None
    return signed(key, recipient, wrapped, signer)


def signed(key: ContentKey, recipient: str, wrapped: bytes, signer: Signer) -> Grant:
    """Make a grant of a key that was wrapped already. Raises GrantError `malformed`."""
    try:
        unsigned = Grant(
            case_id=key.case_id,
            compartment=key.compartment,
            kid=key.kid,
            recipient=recipient,
            granter=signer.agency,
            wrapped=wrapped,
            key_id=signer.key_id,
            signature=bytes(64),
        )
    except ValueError:
        raise GrantError("malformed", "the recipient's name is none") from None
    return unsigned.model_copy(update={"signature": signer.sign(unsigned.signed_bytes())})


def accept(
    grant: Grant, sealing_key: SealingKey | SealingKeys, *, recipient: str, public_of_granter: bytes
) -> ContentKey:
    """Verify a grant to us, the recipient, and return its key.

    `public_of_granter`: the granter's signing key, from the directory. The caller must judge if the granter may grant
    this key. Raises GrantError `not-for-us`, `bad-signature` or `cannot-open`.
    """
    if grant.recipient != recipient:
        raise GrantError("not-for-us", "granted to another agency")
    if grant.key_id != key_id(public_of_granter):
        raise GrantError("bad-signature", "signed with another key than this one")
    if not verify(public_of_granter, grant.signature, grant.signed_bytes()):
        raise GrantError("bad-signature", "the signature is not the granter's")
    secret = sealing_key.open(grant.wrapped, info(grant.case_id, grant.compartment, grant.kid, recipient))
    return ContentKey(grant.case_id, grant.compartment, grant.kid, secret)
