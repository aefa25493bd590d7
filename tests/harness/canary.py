"""Searches files on a disk for words, in every spelling that software gives them."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

from bus.errors import GrantError, StoreError
from bus.sealing.grants import Grant, info
from bus.sealing.sealing_keys import SealingKey
from bus.sealing.vault import Vault

WRAPPED_BYTES = 1 + 8 + 12 + 32 + 16
"""The length of a content key as a vault wraps it: format, id of the vault key, nonce, secret, tag."""


_NOTHING = re.compile(b"\0{64,}")


def files_below(*folders: Path) -> dict[str, bytes]:
    """The bytes of every file, by its path, but for long runs of zeros; what goes away meanwhile is gone."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            with suppress(OSError):
                if path.is_file() and not path.is_symlink():
                    found[str(path)] = _NOTHING.sub(bytes(64), path.read_bytes())
    return found


def spellings(word: str) -> set[bytes]:
    """The word as UTF-8 and UTF-16, hexadecimal, base64 at each alignment, escaped for URLs and for JSON."""
    return {
        *binary_spellings(word.encode()),
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
        quote(word, safe="").encode(),
        quote_plus(word).encode(),
        json.dumps(word)[1:-1].encode(),
        word.encode("latin-1", "ignore"),
    }


def binary_spellings(secret: bytes) -> set[bytes]:
    """The bytes as they are, in hexadecimal, and in base64 wherever in a longer text they stand."""
    plain, web = zip(*_base64_alignments(secret), strict=True)
    return {secret, secret.hex().encode(), secret.hex().upper().encode(), *plain, *web}


def _base64_alignments(secret: bytes) -> Iterator[tuple[bytes, bytes]]:
    for before in range(3):
        after = -(before + len(secret)) % 3
        padded = bytes(before) + secret + bytes(after)
        # Only the characters that no neighbouring byte has a part in.
        first, last = -(-before * 8 // 6), -(-after * 8 // 6)
        for_both = slice(first, len(padded) // 3 * 4 - last)
        yield b64encode(padded)[for_both], urlsafe_b64encode(padded)[for_both]


def hits(words: Iterable[str], places: Mapping[str, bytes], secrets: Iterable[bytes] = ()) -> list[tuple[str, str]]:
    """Where a word or a secret stands: (the start of what was found, the place)."""
    wanted = {spelling: word for word in words for spelling in spellings(word)}
    wanted |= {spelling: "a secret" for secret in secrets for spelling in binary_spellings(secret)}
    return [
        (word, place) for place, content in places.items() for spelling, word in wanted.items() if spelling in content
    ]


def sealed_contents(places: Mapping[str, bytes]) -> set[bytes]:
    """Everything that looks like a JWE with a direct key."""
    pattern = re.compile(rb"eyJ[A-Za-z0-9_-]{20,500}\.\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}\.[A-Za-z0-9_-]{22}")
    return {found for content in places.values() for found in pattern.findall(content)}


def grants_in(places: Mapping[str, bytes]) -> set[bytes]:
    """Everything that looks like a grant of a key."""
    return {found for content in places.values() for found in re.findall(rb'\{"case_id":"[^{}]{600,4000}\}', content)}


def unwrapped(places: Mapping[str, bytes], vaults: Iterable[Vault], contexts: Iterable[str]) -> set[bytes]:
    """Every content key that opens under a vault key, wherever in a file its wrapped bytes stand, live or left over."""
    found, contexts = set(), tuple(contexts)
    for vault in vaults:
        heads = re.compile(b"|".join(re.escape(b"\x01" + bytes.fromhex(name)) for name in vault.ids))
        for content in places.values():
            for head in heads.finditer(content):
                blob = content[head.start() : head.start() + WRAPPED_BYTES]
                found |= {secret for context in contexts for secret in _opened(vault, blob, context)}
    return found


def _opened(vault: Vault, blob: bytes, context: str) -> Iterator[bytes]:
    with suppress(StoreError):  # not a blob after all, or another's
        yield vault.unwrap(blob, context)


def every_secret(places: Mapping[str, bytes], homes: Iterable[Path], contexts: Iterable[str]) -> set[bytes]:
    """Every content key that comes out of what lies on the disk, live or left over, by the keys in agencies' homes.

    `contexts`: what a vault may have bound them to, `<case>/<compartment>/<key id>`.
    """
    homes = tuple(homes)
    found = unwrapped(places, [Vault.load(home / "vault.key") for home in homes], contexts)
    sealing = [SealingKey.load(home / "sealing.key") for home in homes]
    for stored in grants_in(places):
        with suppress(GrantError):
            found |= set(_granted(Grant.from_bytes(stored), sealing))
    return found


def _granted(given: Grant, sealing: Iterable[SealingKey]) -> Iterator[bytes]:
    for key in sealing:
        with suppress(GrantError):
            yield key.open(given.wrapped, info(given.case_id, given.compartment, given.kid, given.recipient))
