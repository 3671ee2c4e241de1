"""The Merkle tree against its own recursive definition (RFC 6962, 2.1) and published figures."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import merkle
from bot.audit.merkle import Frontier

# The test data of Certificate Transparency's own implementations: inputs, the root over the first so many of them.
INPUTS = [
    bytes.fromhex(one)
    for one in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
FIRST_OF_EIGHT = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
SIZES = st.integers(1, 70)


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(str(one).encode()) for one in range(size)]


# The definitions of RFC 6962, word for word, over hashes of leaves.


def split(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def mth(of: list[bytes]) -> bytes:
    if not of:
        return hashlib.sha256(b"").digest()
    if len(of) == 1:
        return of[0]
    k = split(len(of))
    return hashlib.sha256(b"\x01" + mth(of[:k]) + mth(of[k:])).digest()


def path(m: int, of: list[bytes]) -> list[bytes]:
    if len(of) == 1:
        return []
    k = split(len(of))
    return [*path(m, of[:k]), mth(of[k:])] if m < k else [*path(m - k, of[k:]), mth(of[:k])]


def subproof(m: int, of: list[bytes], whole: bool) -> list[bytes]:  # noqa: FBT001 - the RFC's own signature
    if m == len(of):
        return [] if whole else [mth(of)]
    k = split(len(of))
    if m <= k:
        return [*subproof(m, of[:k], whole), mth(of[k:])]
    return [*subproof(m - k, of[k:], False), mth(of[:k])]


def test_published_roots() -> None:
    """Of one to eight inputs."""
    hashes = [merkle.leaf_hash(one) for one in INPUTS]
    assert [merkle.root_of(hashes[:size]).hex() for size in range(1, 9)] == list(ROOTS)
    assert merkle.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_published_path() -> None:
    """Of the first of eight."""
    hashes = [merkle.leaf_hash(one) for one in INPUTS]
    found = merkle.prove(merkle.inclusion_ranges(0, 8), hashes)
    assert [one.hex() for one in found] == FIRST_OF_EIGHT
    led = merkle.root_by_inclusion(hashes[0], 0, 8, found)
    assert led is not None
    assert led.hex() == ROOTS[-1]


@given(size=st.integers(0, 70), stopped=st.data())
def test_the_root_is_the_recursive_one_wherever_one_goes_on(size: int, stopped: st.DataObject) -> None:
    """A frontier that was stored after any leaf goes on as if it had never been."""
    of = leaves(size)
    at = stopped.draw(st.integers(0, size))
    frontier = Frontier()
    for one in of[:at]:
        frontier.add(one)
    again = Frontier.of(frontier.size, frontier.stored)
    for one in of[at:]:
        again.add(one)
    assert (again.root, again.size) == (mth(of), size)


@given(size=SIZES, data=st.data())
def test_inclusion_is_proven_and_nothing_else(size: int, data: st.DataObject) -> None:
    """The path is the RFC's; another leaf, place, size or path leads to no such root."""
    of, position = leaves(size), data.draw(st.integers(0, size - 1))
    found = merkle.prove(merkle.inclusion_ranges(position, size), iter(of))
    assert found == path(position, of)
    root = mth(of)
    assert merkle.root_by_inclusion(of[position], position, size, found) == root
    assert merkle.root_by_inclusion(merkle.leaf_hash(b"x"), position, size, found) != root
    other = data.draw(st.integers(-1, size + 1).filter(lambda one: one != position))
    assert merkle.root_by_inclusion(of[position], other, size, found) != root
    assert merkle.root_by_inclusion(of[position], position, size, [*found, root]) != root
    if found:
        spoiled = data.draw(st.integers(0, len(found) - 1))
        wrong = [*found[:spoiled], bytes(32), *found[spoiled + 1 :]]
        assert merkle.root_by_inclusion(of[position], position, size, wrong) != root
        assert merkle.root_by_inclusion(of[position], position, size, found[:-1]) != root


@given(size=SIZES, data=st.data())
def test_growing_is_proven_and_nothing_else(size: int, data: st.DataObject) -> None:
    """The proof is the RFC's; a changed leaf in what there was before cannot be proven away."""
    of, before = leaves(size), data.draw(st.integers(1, size))
    found = merkle.prove(merkle.consistency_ranges(before, size), of)
    assert found == subproof(before, of, True)
    old, new = mth(of[:before]), mth(of)
    assert merkle.is_consistent(before, size, old, new, found)
    forged = [*of]
    forged[data.draw(st.integers(0, before - 1))] = bytes(32)
    other = merkle.prove(merkle.consistency_ranges(before, size), forged)
    assert not merkle.is_consistent(before, size, old, mth(forged), other)
    assert not merkle.is_consistent(before, size, old, new, [*found, old])
    if found:
        assert not merkle.is_consistent(before, size, old, new, found[:-1])


@pytest.mark.parametrize(("position", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_what_is_not_in_the_tree_has_no_proof(position: int, size: int) -> None:
    with pytest.raises(ValueError, match="has none at"):
        merkle.inclusion_ranges(position, size)


@pytest.mark.parametrize(("before", "size"), [(0, 3), (4, 3)])
def test_a_tree_grows_from_something(before: int, size: int) -> None:
    with pytest.raises(ValueError, match="had never"):
        merkle.consistency_ranges(before, size)
    assert not merkle.is_consistent(before, size, b"", b"", [])


def test_too_few_leaves_prove_nothing() -> None:
    with pytest.raises(ValueError, match="not enough leaves"):
        merkle.prove(merkle.inclusion_ranges(0, 8), leaves(7))


@pytest.mark.parametrize(("size", "full"), [(3, [bytes(32)]), (1, [b"short"]), (0, [bytes(32)])])
def test_a_frontier_has_the_subtrees_of_its_size(size: int, full: list[bytes]) -> None:
    with pytest.raises(ValueError, match="full subtrees"):
        Frontier(size, full)
