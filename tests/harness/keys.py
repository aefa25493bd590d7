"""Keys for tests of the directory: well-formed, different for each agency, and without a private key."""

from base64 import b64encode
from hashlib import sha256

from contracts.directory.events import key_id_of


def key_of(name: str) -> dict[str, str]:
    """The `key_id` and `public_key` of an invented signing key."""
    public_key = b64encode(sha256(name.encode()).digest()).decode()
    return {"key_id": key_id_of(public_key), "public_key": public_key}


def sealing_key_of(name: str) -> str:
    """An invented sealing key."""
    return b64encode(b"".join(sha256(f"{name} {n}".encode()).digest() for n in range(38))).decode()
