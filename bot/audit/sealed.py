"""Seals in their order: each consistent in itself, chained to the one before, signed, and over the leaves there are."""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.audit.findings import Findings, Kind
from bot.audit.merkle import Frontier
from bot.audit.seals import FIRST, Seal, is_signed


class Chain:
    """The seals so far; one finding each at most says what is wrong with it."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey], found: Findings) -> None:
        self._keys, self._found = keys, found
        self.last: Seal | None = None
        self.checked = 0
        self.unchecked = 0
        self._signed_since: int | None = None
        self._blamed: set[int] = set()
        """Of the last two seals at most."""

    def check(self, seal: Seal, frontier: Frontier | None) -> None:
        """The next one. `frontier`: of the stored leaves up to there; None: that is not known."""
        self._blamed &= {self.last.number} if self.last else set()
        if self.frontier_of(seal) is None:
            self._blame(seal, f"Seal {seal.number} was changed: its root does not go with the rest of it.")
        self._signature(seal)
        self._follows(seal)
        if frontier is not None and frontier.root != seal.root and seal.number not in self._blamed:
            first = self.last.size if self.last else 0
            says = (
                f"The stored hashes of leaves {first} to {seal.size - 1} are not those of seal {seal.number}"
                f" ({seal.at:%Y-%m-%d %H:%M:%S %Z}): entries among them may have been changed, too."
            )
            self._found.add(Kind.LEAVES, says, first=first, last=seal.size - 1, seal=seal.number)
        self.last = seal

    @staticmethod
    def frontier_of(seal: Seal) -> Frontier | None:
        """From which the tree goes on; None: what the seal says of it does not go with its root."""
        try:
            frontier = Frontier.of(seal.size, seal.frontier)
        except ValueError:
            return None
        return frontier if frontier.root == seal.root else None

    def is_blamed(self, seal: Seal) -> bool:
        """Whether it is known to be changed."""
        return seal.number in self._blamed

    def _follows(self, seal: Seal) -> None:
        last = self.last
        expected = last.number + 1 if last else 1
        if seal.number != expected:
            gone = f"Seals {expected} to {seal.number - 1} are" if seal.number - 1 > expected else f"Seal {expected} is"
            self._found.add(Kind.SEAL, f"{gone} missing.", first=expected, last=seal.number - 1)
        elif last is None and seal.previous != FIRST:
            self._blame(seal, f"Seal {seal.number} was changed: it is the first, and refers to another one.")
        elif last is not None and seal.previous != last.hash and seal.number not in self._blamed:
            says = f"Seal {last.number} was changed: seal {seal.number}, which comes after it, refers to another one."
            self._blame(last, says)
        if last is not None and (seal.size <= last.size or seal.at < last.at):
            self._blame(seal, f"Seal {seal.number} was changed: it is smaller or older than the one before.")

    def _signature(self, seal: Seal) -> None:
        if seal.key is None:
            if self._signed_since is not None:
                says = f"Seal {seal.number} is not signed, and seals since {self._signed_since} were."
                self._blame(seal, says, Kind.SIGNATURE)
            return
        self._signed_since = self._signed_since or seal.number
        if not self._keys:
            self.unchecked += 1
        elif (public := self._keys.get(seal.key)) is None:
            says = f"Seal {seal.number} is signed with the key {seal.key}, which is none of those that you gave."
            self._blame(seal, says, Kind.SIGNATURE)
        elif not is_signed(seal, public):
            self._blame(seal, f"Seal {seal.number} was changed: its signature is not of what it says.", Kind.SEAL)
        else:
            self.checked += 1

    def _blame(self, seal: Seal, says: str, kind: Kind = Kind.SEAL) -> None:
        if seal.number not in self._blamed:
            self._blamed.add(seal.number)
            self._found.add(kind, says, seal=seal.number)

    def ended(self) -> None:
        """With keys at hand, the newest seal has to be signed: else somebody took all signatures away."""
        if self._keys and self.last is not None and self.last.key is None and self._signed_since is None:
            says = "No seal is signed, and you gave the public key of a signature."
            self._found.add(Kind.SIGNATURE, says, seal=self.last.number)
