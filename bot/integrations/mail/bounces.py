"""What mail servers write when a letter that they had taken could not be delivered (RFC 3464)."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default
from typing import Self

OURS = re.compile(r"<([0-9a-f]{32})@[^<>\s]+>")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# What an enhanced status code (RFC 3463) means: by how it begins, after its class; the first that fits.
MEANING = (
    ("1.8", "its mail server does not accept our address as a sender"),
    ("1.7", "its mail server does not accept our address as a sender"),
    ("1.", "there is no such mailbox"),
    ("2.1", "the mailbox is switched off"),
    ("2.2", "the mailbox is full"),
    ("2.", "the mailbox does not accept it"),
    ("3.4", "the mail is too large for the mailbox"),
    ("4.", "its mail server could not be reached"),
    ("7.", "its mail server refuses mail from us"),
)
OTHERWISE = "its mail server did not accept it"


@dataclass(frozen=True)
class Bounce:
    """A letter of ours that came back."""

    letters: frozenset[str]
    """What of the report may be our letter's id: 32 hexadecimal digits each."""
    status: str | None
    """The code of the other server, as `5.1.1`. Its own words are not kept: they repeat the address."""

    @classmethod
    def read(cls, message: bytes) -> Self | None:
        """None for whatever is not a report that a letter of ours was not delivered, and will not be."""
        report = BytesParser(policy=default).parsebytes(message)
        parts = list(_readable(report))
        failed = [block for part in parts for block in _recipients(part) if _is(block, "Action", "failed")]
        letters = frozenset(_ids(report, parts))
        if not failed or not letters:
            return None
        found = STATUS.search(str(failed[0].get("Status", "")))
        return cls(letters, found[0] if found else None)


def letter_of(key: str) -> str:
    """The id of an effect's letter, before the @; nobody can guess it who has not had the letter."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def meaning(status: str | None) -> str:
    """In words, for a card."""
    rest = (status or "").partition(".")[2]
    return next((words for start, words in MEANING if rest.startswith(start)), OTHERWISE)


def _readable(report: EmailMessage) -> Iterator[Message]:
    for part in report.walk():
        if part.get_content_type() in ("message/delivery-status", "message/rfc822", "text/rfc822-headers"):
            yield part


def _recipients(part: Message) -> Iterator[Message]:
    """What is said of each recipient; the first block is about all of them."""
    if part.get_content_type() == "message/delivery-status" and isinstance(blocks := part.get_payload(), list):
        yield from (block for block in blocks if isinstance(block, Message) and block.get("Action"))


def _is(block: Message, field: str, value: str) -> bool:
    return str(block.get(field, "")).strip().lower() == value


def _ids(report: EmailMessage, parts: list[Message]) -> Iterator[str]:
    """From the letter that came back with the report, or, where it did not, from what the report answers."""
    returned = "\n".join(part.as_string() for part in parts if part.get_content_type() != "message/delivery-status")
    answers = " ".join(str(report.get(field, "")) for field in ("In-Reply-To", "References"))
    yield from OURS.findall(f"{returned} {answers}")
