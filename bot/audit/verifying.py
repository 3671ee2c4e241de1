"""Verifying the audit trail in one pass, from wherever its leaves, entries and seals are read.

Each entry's leaf is made anew and compared with the stored one, the tree of the stored ones with each seal, each seal
with the one before, its signature, and what witnesses saw. Where something differs, the pass goes on from what the seal
says, so that one change hides no other. Memory does not grow with the trail, only with what is wrong in it and with
what witnesses saw (one line an hour).
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.audit.findings import Findings, Kind
from bot.audit.gaps import Gaps
from bot.audit.merkle import LEAF, Frontier
from bot.audit.sealed import Chain
from bot.audit.seals import Seal
from bot.audit.sightings import Sighting
from bot.audit.swaps import Swaps
from bot.audit.witnessed import Witnessed

Leaf = tuple[int, int, bytes, bytes | None]
"""Position, id of the entry, stored hash, and the entry's bytes (`bot/audit/entries.py`); None: the entry is gone."""

LATE = dt.timedelta(minutes=10)
"""No transaction of the bot lasts so long: what is older than its neighbours by more was put there."""


class Verifier:
    """One verification: `run`, then each entry that has no leaf to `unsealed`, then `finish`."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey], sightings: Sequence[Sighting] = ()) -> None:
        self.found = Findings()
        self.entries = 0
        self.witnesses = len(sightings)
        self._frontier = Frontier()
        self._chain = Chain(keys, self.found)
        self._witnessed = Witnessed(sightings, self.found)
        self._gaps, self._swaps = Gaps(), Swaps()
        self._seals: Iterator[Seal] = iter(())
        self._seal: Seal | None = None
        self._whole = True  # since the last seal no leaf was missing
        self._next = 0  # the position that comes now
        self._latest = b'""'  # the newest time of an entry, as it stands in its bytes

    @property
    def newest(self) -> Seal | None:
        """The last seal that was read."""
        return self._chain.last

    @property
    def signed(self) -> int:
        """Seals whose signatures were checked."""
        return self._chain.checked

    @property
    def unchecked(self) -> int:
        """Seals that are signed, and nobody gave a public key."""
        return self._chain.unchecked

    @property
    def pruned(self) -> int:
        """Entries that are gone as a sealed entry says."""
        return self._gaps.pruned

    def run(self, leaves: Iterable[Leaf], seals: Iterable[Seal]) -> None:
        """All leaves by their positions, all seals by their numbers."""
        self._seals = iter(seals)
        self._seal = next(self._seals, None)
        sha256, stop = hashlib.sha256, self._stop()
        for position, entry, stored, body in leaves:
            if position != self._next:
                self._missing(position)
                stop = self._stop()
            self._next = position + 1
            if body is None:
                self._gaps.gone(position, entry)
            else:
                self.entries += 1
                _, _, at, kind, _ = body.split(b", ", 4)
                if sha256(LEAF + body).digest() != stored:
                    self._swaps.changed(entry, body, stored)
                elif at < self._latest:
                    self._is_old(entry, at)
                else:
                    self._latest = at
                if kind == b'"pruned"':
                    self._gaps.pruning(body)
            self._frontier.add(stored)
            if stop is not None and position >= stop - 1:
                self._reached()
                stop = self._stop()
        self._ended()

    def unsealed(self, entry: int, xid: int, at: dt.datetime, now: dt.datetime) -> None:
        """An entry that is no leaf."""
        last = self._chain.last
        if last is not None and (xid, entry) <= (last.through_xid, last.through_id):
            says = f"Entry {entry} was inserted: all up to there had been sealed by {last.at:%Y-%m-%d %H:%M:%S %Z}."
            self.found.add(Kind.INSERTED, says, entry=entry)
        elif at + LATE < _time(self._latest):
            says = f"Entry {entry} was inserted: it claims to be of {at:%Y-%m-%d %H:%M %Z}, but it is newer than that."
            self.found.add(Kind.INSERTED, says, entry=entry)
        elif now - at > LATE:
            says = f"Entry {entry} of {at:%Y-%m-%d %H:%M %Z} is not sealed yet. Does pm clock run?"
            self.found.add(Kind.UNSEALED, says, entry=entry)

    def finish(self) -> Findings:
        """All that was found."""
        self._gaps.tell(self.found)
        self._swaps.tell(self.found)
        self._witnessed.tell()
        return self.found

    def _stop(self) -> int | None:
        """The next size at which something is known of the root."""
        sizes = [one for one in (self._seal.size if self._seal else None, self._witnessed.next) if one is not None]
        return min(sizes, default=None)

    def _reached(self) -> None:
        """As many leaves as the next seal, or what a witness saw."""
        size = self._next
        while self._seal is not None and self._seal.size <= size:
            seal, self._seal = self._seal, next(self._seals, None)
            known = self._frontier if self._whole and seal.size == size else None
            self._chain.check(seal, known)
            self._gaps.sealed(seal)
            self._witnessed.sealed(seal)
            if seal.size == size:
                self._go_on_from(seal)
        self._witnessed.reached(size, self._frontier.root if self._whole else None)

    def _go_on_from(self, seal: Seal) -> None:
        """From what the seal says, unless that itself was changed, or there is nothing better."""
        said = self._chain.frontier_of(seal)
        if said is not None and not (self._whole and self._chain.is_blamed(seal)):
            self._frontier, self._whole = said, True

    def _missing(self, position: int) -> None:
        """The leaves before this position are not there."""
        first, last = self._next, position - 1
        says = f"Leaves {first} to {last} are missing." if last > first else f"Leaf {first} is missing."
        self.found.add(Kind.LEAVES, says, first=first, last=last)
        self._whole = False
        while (stop := self._stop()) is not None and stop <= position:
            self._next = stop
            self._reached()
            self._whole = self._whole and stop == position
        self._next = position

    def _is_old(self, entry: int, at: bytes) -> None:
        claims, latest = _time(at), _time(self._latest)
        if claims + LATE < latest:
            says = (
                f"Entry {entry} was inserted: it claims to be of {claims:%Y-%m-%d %H:%M %Z},"
                f" and was sealed after entries of {latest:%Y-%m-%d %H:%M %Z}."
            )
            self.found.add(Kind.INSERTED, says, entry=entry)

    def _ended(self) -> None:
        """No more leaves; what seals say beyond has none."""
        leaves = self._next
        beyond = [self._seal, *self._seals] if self._seal else []
        for seal in beyond:
            self._chain.check(seal, None)
            self._gaps.sealed(seal)
            self._witnessed.sealed(seal)
        self._chain.ended()
        last = self._chain.last
        if beyond and last is not None:
            says = f"The newest leaves are missing: {leaves} are there, and seal {last.number} is over {last.size}."
            self.found.add(Kind.LEAVES, says, first=leaves, last=last.size - 1)
        elif leaves > (last.size if last else 0):
            says = f"Leaves from {last.size if last else 0} on are under no seal."
            self.found.add(Kind.LEAVES, says, first=last.size if last else 0, last=leaves - 1)
        self._witnessed.ended(last)


def _time(written: bytes) -> dt.datetime:
    text = written.decode().strip('"')
    return dt.datetime.fromisoformat(text) if text else dt.datetime.min.replace(tzinfo=dt.UTC)
