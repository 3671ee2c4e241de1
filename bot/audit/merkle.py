"""A Merkle tree as RFC 6962 (section 2.1) and RFC 9162 define it: roots, inclusion proofs, consistency proofs. Pure.

A leaf's hash is SHA-256 of 0x00 and its bytes, a node's of 0x01 and both hashes below it, so that no node passes for a
leaf. A `Frontier` is all that is needed to go on: the roots of the full subtrees, at most one for each bit of the size.
Proofs are made in one pass over the leaves' hashes, with as much memory as a frontier has.
"""

import hashlib
from collections.abc import Iterable, Sequence

LEAF, NODE = b"\x00", b"\x01"
EMPTY = hashlib.sha256(b"").digest()
SIZE = 32  # bytes of a hash

Range = tuple[int, int]
"""Positions of leaves: from the first to before the second."""


def leaf_hash(data: bytes) -> bytes:
    """Of an entry's bytes."""
    return hashlib.sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of the two hashes below."""
    return hashlib.sha256(NODE + left + right).digest()


class Frontier:
    """The right edge of a tree: grows by leaves, and knows the root of what it has."""

    __slots__ = ("_full", "size")

    def __init__(self, size: int = 0, full: Sequence[bytes] = ()) -> None:
        """`full`: roots of the full subtrees, the largest first. Raises `ValueError` where they are not as many."""
        if len(full) != size.bit_count() or any(len(one) != SIZE for one in full):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} full subtrees of {SIZE} bytes")
        self.size, self._full = size, list(full)

    @classmethod
    def of(cls, size: int, stored: bytes) -> "Frontier":
        """As `stored` wrote it. Raises `ValueError`."""
        return cls(size, [stored[at : at + SIZE] for at in range(0, len(stored), SIZE)])

    @property
    def stored(self) -> bytes:
        """The roots of the full subtrees, one after the other."""
        return b"".join(self._full)

    def add(self, leaf: bytes) -> None:
        """One more leaf, by its hash."""
        full, size = self._full, self.size
        while size & 1:
            leaf = hashlib.sha256(NODE + full.pop() + leaf).digest()
            size >>= 1
        full.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        if not self._full:
            return EMPTY
        *left, root = self._full
        for one in reversed(left):
            root = node_hash(one, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves' hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root


def inclusion_ranges(position: int, size: int) -> list[Range]:
    """Whose roots prove that the leaf is in a tree of that size, the nearest first. Raises `ValueError`."""
    if not 0 <= position < size:
        raise ValueError(f"a tree of {size} leaves has none at {position}")
    found, begins, ends = [], 0, size
    while ends - begins > 1:
        middle = begins + _split(ends - begins)
        if position < middle:
            found.append((middle, ends))
            ends = middle
        else:
            found.append((begins, middle))
            begins = middle
    return found[::-1]


def consistency_ranges(before: int, size: int) -> list[Range]:
    """Whose roots prove that a tree only grew from `before` to `size` leaves. Raises `ValueError`."""
    if not 0 < before <= size:
        raise ValueError(f"a tree of {size} leaves had never {before}")
    found, begins, ends = [], 0, size
    whole = True  # whether what is left on this way is the earlier tree itself, whose root is known
    while before != ends:
        middle = begins + _split(ends - begins)
        if before <= middle:
            found.append((middle, ends))
            ends = middle
        else:
            found.append((begins, middle))
            begins, whole = middle, False
    if not whole:
        found.append((begins, ends))
    return found[::-1]


def prove(ranges: Sequence[Range], leaves: Iterable[bytes]) -> list[bytes]:
    """The roots over these ranges, in their order, in one pass over the hashes of all leaves. Raises `ValueError`.

    Ranges do not overlap; leaves that are in none of them are passed over.
    """
    roots: dict[Range, bytes] = {}
    waiting = sorted(ranges)
    frontier = Frontier()
    for position, leaf in enumerate(leaves):
        if len(roots) == len(waiting):
            break
        begins, ends = waiting[len(roots)]
        if position < begins:
            continue
        frontier.add(leaf)
        if position + 1 == ends:
            roots[begins, ends] = frontier.root
            frontier = Frontier()
    if len(roots) < len(waiting):
        raise ValueError(f"there are not enough leaves to prove {waiting[len(roots)]}")
    return [roots[one] for one in ranges]


def root_by_inclusion(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that this path leads to (RFC 9162, 2.1.3.2); None: it is no path of such a leaf."""
    if not 0 <= position < size:
        return None
    at, last, root = position, size - 1, leaf
    for one in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(one, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, one)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(before: int, size: int, old: bytes, new: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree with the root `new` begins with the one with `old` (RFC 9162, 2.1.4.2)."""
    if before == size:
        return not path and old == new
    if not 0 < before < size:
        return False
    rest = list(path)
    if before & (before - 1) == 0:
        rest.insert(0, old)
    if not rest:
        return False
    at, last = before - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    one = other = rest[0]
    for step in rest[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            one, other = node_hash(step, one), node_hash(step, other)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            other = node_hash(other, step)
        at, last = at >> 1, last >> 1
    return last == 0 and one == old and other == new


def _split(size: int) -> int:
    """The largest power of two below the size, which is more than one."""
    return 1 << (size - 1).bit_length() - 1
