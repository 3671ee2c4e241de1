"""What witnesses saw, beside the tree: whoever differs alone was changed; where all differ, the trail was."""

from collections import defaultdict
from collections.abc import Sequence

from bot.audit.findings import Findings, Kind
from bot.audit.seals import Seal
from bot.audit.sightings import Sighting


class Witnessed:
    """Held against the tree while it grows."""

    def __init__(self, sightings: Sequence[Sighting], found: Findings) -> None:
        self._found = found
        self._all = sightings
        self._waiting = sorted(sightings, key=lambda one: one.size, reverse=True)
        self._numbered: dict[int, list[Sighting]] = defaultdict(list)
        for one in sightings:
            if one.number is not None:
                self._numbered[one.number].append(one)
        self._agrees: dict[str, int] = {}
        self._differs: dict[Sighting, None] = {}
        self._size = 0

    @property
    def next(self) -> int | None:
        """The size of the tree at which somebody saw a root."""
        return self._waiting[-1].size if self._waiting else None

    def sealed(self, seal: Seal) -> None:
        """A seal, of which somebody may have been told."""
        for one in self._numbered.pop(seal.number, ()):
            if one.size != seal.size or (one.root == seal.root and one.hash != seal.hash):
                self._differs[one] = None

    def reached(self, size: int, root: bytes | None) -> None:
        """So many leaves. `root`: of these; None: it is not known, because some are missing."""
        while self._waiting and self._waiting[-1].size <= size:
            one = self._waiting.pop()
            if root is None or one.size != size:
                continue  # some leaves are missing, which is told
            if one.root != root:
                self._differs[one] = None
            elif one not in self._differs:
                self._agrees[one.witness] = size

    def ended(self, last: Seal | None) -> None:
        """There are no more leaves; the newest seal."""
        self._size = last.size if last else 0

    def tell(self) -> None:
        self._tell_cut()
        for witness in dict.fromkeys(one.witness for one in self._differs):
            one = min((one for one in self._differs if one.witness == witness), key=lambda one: one.size)
            others = [name for name, size in self._agrees.items() if size >= one.size]
            where = {"witness": witness, "size": one.size, "seal": one.number}
            if others:
                says = (
                    f"Only {witness} differs: what it says of the first {one.size} entries{one.when} is not so, as"
                    f" the trail and {', '.join(others)} show. It was changed itself."
                )
                self._found.add(Kind.WITNESS, says, **where)
            else:
                says = f"The trail was rewritten: {witness} saw another root of its first {one.size} entries{one.when}."
                self._found.add(Kind.REWRITTEN, says, **where)

    def _tell_cut(self) -> None:
        beyond = [one for one in self._all if one.size > self._size]
        for witness in dict.fromkeys(one.witness for one in beyond):
            one = max((one for one in beyond if one.witness == witness), key=lambda one: one.size)
            says = (
                f"The end is missing: {witness} saw {one.size} entries{one.when}, and {self._size} are sealed."
                " It was cut off, or an older database was restored."
            )
            self._found.add(Kind.CUT, says, witness=witness, size=one.size, sealed=self._size)
