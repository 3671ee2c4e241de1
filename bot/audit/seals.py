"""A seal: how large the tree of the audit trail was, its root, and the seal before it; signed where there is a key.

A seal says one sentence, `statement`, which is what is signed (Ed25519). Its hash covers that and the signature, and is
what the next seal refers to.
"""

import base64
import binascii
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.errors import Misconfigured

FIRST = bytes(32)  # what the first seal refers to
KEY_BYTES = 32


@dataclass(frozen=True)
class Seal:
    """One row of `audit_seals`."""

    number: int
    """From 1, without gaps."""
    size: int
    """Leaves of the tree."""
    root: bytes
    frontier: bytes
    """The roots of the tree's full subtrees: whoever seals next goes on from there. They lead to the root."""
    previous: bytes
    """The hash of the seal before."""
    at: dt.datetime
    through_xid: int
    through_id: int
    """Entries are sealed in the order of transaction and id: this is the last one, or what none before came after."""
    key: str | None = None
    """The id of the public key that the signature is checked with."""
    signature: bytes | None = None

    @property
    def statement(self) -> bytes:
        """What is signed: JSON with sorted keys, without spaces, in UTF-8."""
        said = {
            "at": moment(self.at),
            "key": self.key,
            "number": self.number,
            "previous": self.previous.hex(),
            "root": self.root.hex(),
            "size": self.size,
            "through": [self.through_xid, self.through_id],
        }
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.statement + (self.signature or b"")).digest()

    def as_json(self) -> dict[str, Any]:
        """For files; `of_json` reads it."""
        return {
            "number": self.number,
            "size": self.size,
            "root": self.root.hex(),
            "frontier": self.frontier.hex(),
            "previous": self.previous.hex(),
            "at": moment(self.at),
            "through": [self.through_xid, self.through_id],
            "key": self.key,
            "signature": self.signature.hex() if self.signature else None,
        }

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Self:
        """Raises `ValueError`, `KeyError` or `TypeError` where it is no seal."""
        return cls(
            number=int(said["number"]),
            size=int(said["size"]),
            root=bytes.fromhex(said["root"]),
            frontier=bytes.fromhex(said["frontier"]),
            previous=bytes.fromhex(said["previous"]),
            at=dt.datetime.fromisoformat(said["at"]),
            through_xid=int(said["through"][0]),
            through_id=int(said["through"][1]),
            key=said["key"],
            signature=bytes.fromhex(said["signature"]) if said["signature"] else None,
        )


@dataclass(frozen=True)
class Signer:
    """Signs seals with one private key."""

    _key: Ed25519PrivateKey

    @classmethod
    def of(cls, key: str) -> Self:
        """`key`: as `new_key` makes it. Raises `Misconfigured`, which does not tell it."""
        raw = _raw(key)
        if raw is None:
            raise Misconfigured("PM_AUDIT_KEY is not valid. Make a key with pm audit key.")
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    @property
    def public(self) -> str:
        """What signatures are checked with; no secret."""
        return _text(_public_bytes(self._key.public_key()))

    @property
    def key_id(self) -> str:
        return key_id(self._key.public_key())

    def sign(self, statement: bytes) -> bytes:
        return self._key.sign(statement)


def new_key() -> str:
    """A private key for PM_AUDIT_KEY."""
    return _text(Ed25519PrivateKey.generate().private_bytes_raw())


def key_id(public: Ed25519PublicKey) -> str:
    """Short, and the same for the same key."""
    return hashlib.sha256(_public_bytes(public)).hexdigest()[:16]


def public_keys(texts: Iterable[str]) -> dict[str, Ed25519PublicKey]:
    """By their ids. Raises `Misconfigured`."""
    found = {}
    for text in texts:
        raw = _raw(text)
        if raw is None:
            raise Misconfigured(f"{text} is not a public key. pm audit key prints one beside each private key.")
        public = Ed25519PublicKey.from_public_bytes(raw)
        found[key_id(public)] = public
    return found


def is_signed(seal: Seal, public: Ed25519PublicKey) -> bool:
    """Whether this key signed what the seal says."""
    try:
        public.verify(seal.signature or b"", seal.statement)
    except InvalidSignature:
        return False
    return True


def moment(at: dt.datetime) -> str:
    """In UTC, to the microsecond: `2026-11-24T01:02:03.000004Z`."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _public_bytes(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _raw(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == KEY_BYTES else None
