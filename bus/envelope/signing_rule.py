"""Twelve edge cases of Ed25519 signatures, and the verdict on each by the rule of ADR 17.

Libraries differ on them, and so do releases of one library: libsodium's next release accepts two more. If two agencies
disagreed about a signature, they would keep two histories. So `require_the_rule` tests the installed library before it
is used.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from bus.envelope.signing import verify
from bus.errors import SignatureRuleError


class Edge(NamedTuple):
    """A signature that only arises on purpose. `good`: True if the rule accepts it. The values are in hexadecimal."""

    name: str
    good: bool
    public: str
    signature: str
    message: str


_TORSION_8: Final = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
_TORSION_8_NEGATIVE: Final = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"
_MIXED: Final = "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43"
_MIXED_2: Final = "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d"
_HONEST: Final = "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623"
_NOT_CANONICAL: Final = "ec" + "ff" * 31

EDGES: Final = (
    Edge(
        "small order A and R",
        False,
        _TORSION_8_NEGATIVE,
        _TORSION_8 + "00" * 32,
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
    ),
    Edge(
        "small order A",
        False,
        _TORSION_8_NEGATIVE,
        _MIXED + "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
    ),
    Edge(
        "small order R",
        False,
        _MIXED,
        _TORSION_8_NEGATIVE + "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
    ),
    Edge(
        "A and R of mixed order, good without the cofactor too",
        True,
        _MIXED_2,
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f"
        "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
    ),
    Edge(
        "A and R of mixed order, good with the cofactor alone",
        False,
        _MIXED_2,
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512"
        "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
    ),
    Edge(
        "good with the cofactor alone, and only when the hash is reduced first",
        False,
        _MIXED_2,
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7"
        "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
    ),
    Edge(
        "S above the group's order",
        False,
        _HONEST,
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e"
        "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
    ),
    Edge(
        "S far above the group's order",
        False,
        _HONEST,
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942"
        "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
    ),
    Edge(
        "R not canonical, reduced before it is hashed",
        False,
        _MIXED,
        _NOT_CANONICAL + "03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
    ),
    Edge(
        "R not canonical, hashed as it is",
        False,
        _MIXED,
        _NOT_CANONICAL + "ca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
    ),
    Edge(
        "A not canonical, reduced before it is hashed",
        False,
        _NOT_CANONICAL,
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc"
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
    ),
    Edge(
        "A not canonical, hashed as it is",
        False,
        _NOT_CANONICAL,
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc"
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
    ),
)
"""The cases of Chalkias, Garillot and Nikolaenko, *Taming the Many EdDSAs* (2020), in their order."""


@cache
def require_the_rule() -> None:
    """Test the installed library. Raises SignatureRuleError when it judges one of EDGES differently from the rule."""
    for edge in EDGES:
        public, signature, message = map(bytes.fromhex, (edge.public, edge.signature, edge.message))
        if verify(public, signature, message) is not edge.good:
            raise SignatureRuleError(f"the installed libsodium does not judge as all agencies must: {edge.name}")
