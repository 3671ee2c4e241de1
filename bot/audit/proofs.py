"""That one entry is in the trail: its bytes, the way from its leaf to a root, and the seal that says that root.

Whoever checks needs neither the database nor the rest of the trail, only a public key, or a root that a witness has.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.audit.entries import FORMAT, leaf
from bot.audit.merkle import inclusion_ranges, leaf_hash, prove, root_by_inclusion
from bot.audit.reading import SEALS, Trail
from bot.audit.sealing import of_row
from bot.audit.seals import Seal, is_signed
from bot.audit.sightings import Sighting
from bot.errors import Misconfigured

FOUND = f"""
SELECT leaf.position, {leaf("entry")} FROM pmbot.audit_leaves AS leaf
JOIN pmbot.audit_log AS entry ON entry.id = leaf.audit_id WHERE entry.id = %s
"""  # noqa: S608 - constants


def make(of: Trail, entry: int) -> dict[str, Any]:
    """For the newest seal. Raises `Misconfigured`: there is no such entry, it is not sealed yet, or it was changed."""
    found = of.connection.execute(FOUND.encode(), (entry,)).fetchone()
    if found is None:
        raise Misconfigured(f"There is no sealed entry {entry}. A new one is sealed within seconds.")
    position, body = found
    seal = _newest(of)
    path = prove(inclusion_ranges(position, seal.size), of.hashes())
    if root_by_inclusion(leaf_hash(body), position, seal.size, path) != seal.root:
        raise Misconfigured(f"Entry {entry} cannot be proven: it is not what was sealed. Run pm audit verify.")
    return {
        "format": FORMAT,
        "entry": body.decode(),
        "position": position,
        "path": [one.hex() for one in path],
        "seal": seal.as_json(),
    }


def check(
    proof: Mapping[str, Any], keys: Mapping[str, Ed25519PublicKey], sighting: Sighting | None = None
) -> tuple[str, Seal, bool]:
    """The entry that is proven, the seal, and whether its signature was checked.

    Raises `Misconfigured` where the proof does not hold. `sighting`: a root from elsewhere, which it has to lead to.
    """
    try:
        seal, body = Seal.of_json(proof["seal"]), str(proof["entry"])
        path = [bytes.fromhex(one) for one in proof["path"]]
        root = root_by_inclusion(leaf_hash(body.encode()), int(proof["position"]), seal.size, path)
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured("This is not a proof that pm audit prove wrote.") from error
    if root != seal.root:
        raise Misconfigured("The proof does not hold: the entry does not lead to the root of the seal.")
    if sighting is not None and (sighting.size, sighting.root) != (seal.size, seal.root):
        raise Misconfigured("The proof does not hold: its root is not the one that you gave.")
    if not keys:
        return body, seal, False
    if seal.key is None or seal.key not in keys:
        raise Misconfigured("The proof does not hold: its seal is not signed with any of the keys that you gave.")
    if not is_signed(seal, keys[seal.key]):
        raise Misconfigured("The proof does not hold: the signature of its seal is not of what the seal says.")
    return body, seal, True


def _newest(of: Trail) -> Seal:
    with of.connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({SEALS}) AS it ORDER BY number DESC LIMIT 1".encode())  # noqa: S608 - constants
        row = cursor.fetchone()
        names = [one.name for one in cursor.description or ()]
    if row is None:
        raise Misconfigured("Nothing is sealed yet. Entries are sealed by pm clock.")
    return of_row(dict(zip(names, row, strict=True)))
