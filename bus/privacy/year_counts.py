"""An agency's count of a year: sealed to the national coordinator alone (HPKE), and signed by the agency.

It travels as a small JSON text, by any way that can carry a file. The carrier learns the agency and the year alone, for
all counts have the same length. It opens for no other recipient and in the name of no other agency.
"""

from __future__ import annotations

import base64
from typing import Annotated, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bus.directory.directory import Directory
from bus.envelope.signing import SIGNATURE_BYTES, Signer, pre_authentication_encoding, verify
from bus.errors import GrantError
from bus.sealing.sealing_keys import OVERHEAD_BYTES, SUITE, SealingKeys, public_from_bytes
from contracts.directory.view import Doubt
from contracts.statistics.national import Year, YearCount
from contracts.vocabulary.agencies import COORDINATOR, AgencyId

PAYLOAD_TYPE: Final = "application/vnd.stafett.year-count.v1+json"
MAX_BYTES: Final = 16 * 1024
"""The largest number of bytes of a sealed count."""

_LABEL: Final = "stafett year count v1"
_PADDED: Final = 4096
_SEALED_BYTES: Final = _PADDED + OVERHEAD_BYTES


class SealedCount(BaseModel):
    """An agency's count of a year, as it travels.

    Attributes:
        agency: The agency that counted.
        year: The calendar year.
        key_id: The id of the agency's signing key.
        sealed: HPKE's encapsulated key, then the sealed `YearCount`, padded with spaces to 4,096 bytes.
        signature: 64 bytes, over all other fields.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, ser_json_bytes="base64", val_json_bytes="base64"
    )

    agency: AgencyId
    year: Year
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    sealed: Annotated[bytes, Field(min_length=_SEALED_BYTES, max_length=_SEALED_BYTES)]
    signature: Annotated[bytes, Field(min_length=SIGNATURE_BYTES, max_length=SIGNATURE_BYTES)]

    @classmethod
    def from_bytes(cls, stored: bytes) -> SealedCount:
        """Read a sealed count; `opened` verifies it. Raises GrantError `malformed`."""
        if len(stored) > MAX_BYTES:
            raise GrantError("malformed", f"more than {MAX_BYTES} bytes")
        try:
            return cls.model_validate_json(stored)
        except ValidationError:
            raise GrantError("malformed", "not a sealed count of a year") from None

    def signed_bytes(self) -> bytes:
        """Return the bytes that the signature covers, by the DSSE protocol."""
        sealed = base64.b64encode(self.sealed).decode()
        fields = [_LABEL, self.agency, str(self.year), self.key_id, sealed]
        return pre_authentication_encoding(PAYLOAD_TYPE, orjson.dumps(fields))


def sealed_count(count: YearCount, directory: Directory, signer: Signer) -> SealedCount:
    """Seal an agency's own count to the coordinator. Raises GrantError `malformed` when the directory has no key."""
    public = directory.sealing_key(COORDINATOR)
    if public is None:
        raise GrantError("malformed", "the directory has no sealing key of the national coordinator")
    content = count.model_dump_json().encode().ljust(_PADDED)
    sealed = SUITE.encrypt(content, public_from_bytes(public), _info(count.agency, count.year))
    unsigned = SealedCount(
        agency=count.agency, year=count.year, key_id=signer.key_id, sealed=sealed, signature=bytes(SIGNATURE_BYTES)
    )
    return unsigned.model_copy(update={"signature": signer.sign(unsigned.signed_bytes())})


def opened_count(sealed: SealedCount, directory: Directory, keys: SealingKeys) -> YearCount:
    """Verify a count against the directory, open it, and return it. `keys`: the coordinator's.

    Only an agency that is admitted and not suspended is believed, and only with its present key; an earlier key may be
    in other hands. Raises GrantError `bad-signature`, `cannot-open`, or `malformed` when its numbers cannot be a count.
    """
    doubt = directory.view.doubt(sealed.agency, sealed.key_id, "")
    public = directory.public_key(sealed.agency, sealed.key_id)
    if doubt not in (None, Doubt.OUTSIDE_ITS_DUTIES) or public is None:
        raise GrantError("bad-signature", f"the directory does not vouch for it ({doubt})")
    if not verify(public, sealed.signature, sealed.signed_bytes()):
        raise GrantError("bad-signature", "the signature is not the agency's")
    content = keys.open(sealed.sealed, _info(sealed.agency, sealed.year))
    try:
        count = YearCount.model_validate_json(content)
    except ValidationError:
        raise GrantError("malformed", "not a count of a year") from None
    fault = count.fault()
    if (count.agency, count.year) != (sealed.agency, sealed.year):
        fault = "it is of another agency or year than it says outside"
    if fault is not None:
        raise GrantError("malformed", fault)
    return count


def _info(agency: str, year: int) -> bytes:
    """Return the `info` to which HPKE binds a count: a JSON array of strings without white space."""
    return orjson.dumps([_LABEL, agency, str(year), COORDINATOR])
