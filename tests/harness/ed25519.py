"""Ed25519 by the rule of ADR 17, written out with Python's integers: slow, and without the library that is tested.

Also what only a dishonest signer makes: points with a torsion component, and other spellings of points and scalars.
"""

from __future__ import annotations

from hashlib import sha512
from typing import Final

P: Final = 2**255 - 19
L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, P) % P
_ROOT: Final = pow(2, (P - 1) // 4, P)  # of -1

Point = tuple[int, int]
NEUTRAL: Final[Point] = (0, 1)


def add(first: Point, second: Point) -> Point:
    """The sum of two points of the curve."""
    (x1, y1), (x2, y2) = first, second
    part = _D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + part, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - part, -1, P)
    return x % P, y % P


def times(scalar: int, point: Point) -> Point:
    """A point added to itself so many times."""
    total = NEUTRAL
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def negative(point: Point) -> Point:
    """The point that gives the neutral one when it is added."""
    return -point[0] % P, point[1]


def written(point: Point) -> bytes:
    """The only canonical spelling of a point."""
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def spellings(point: Point) -> list[bytes]:
    """Every spelling that somebody might take for the point; the canonical one first."""
    x, y = point
    signs = (x & 1,) if x else (0, 1)
    return [(value | sign << 255).to_bytes(32, "little") for value in (y, y + P) for sign in signs if value < 2**255]


def read(text: bytes) -> Point | None:
    """The point that a spelling stands for, canonical or not; None when there is none on the curve."""
    number = int.from_bytes(text, "little")
    y, sign = (number & (1 << 255) - 1) % P, number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * _ROOT % P
    if x * x % P != square:
        return None
    return (-x % P if x & 1 != sign else x), y


BASE: Final = read(bytes.fromhex("58" + "66" * 31)) or NEUTRAL
_OF_ORDER_8: Final = read(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")) or NEUTRAL
TORSION: Final = [times(count, _OF_ORDER_8) for count in range(8)]
"""The eight points of small order, the neutral one first."""


def hashed(nonce: bytes, public: bytes, message: bytes) -> int:
    """The scalar that binds a signature to key and message."""
    return int.from_bytes(sha512(nonce + public + message).digest(), "little") % L


def good(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the rule takes the signature."""
    key, nonce, scalar = read(public), read(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or scalar >= L:
        return False
    if public != written(key) or key in TORSION or nonce in TORSION:
        return False
    challenge = hashed(signature[:32], public, message)
    return written(add(times(scalar, BASE), negative(times(challenge, key)))) == signature[:32]


def good_with_cofactor(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the equation holds when both sides are taken eight times, which forgives any torsion."""
    key, nonce, scalar = read(public), read(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or nonce is None:
        return False
    challenge = hashed(signature[:32], public, message)
    return times(8 * scalar, BASE) == times(8, add(nonce, times(challenge, key)))
