"""What machines and customers wrote, without what is personal in it: fit for a list that several people read."""

import re

LONGEST = 120  # characters that are shown
ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@(?=[\w.-]|$)")
NETWORK = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-fA-F]{1,4}:{1,2}){2,7}[0-9a-fA-F:]*")
SECRET = re.compile(r"\b(?=[\w-]*\d)[\w-]{20,}\b")  # an id, a token, a hash


def redacted(text: str | None) -> str:
    """The text without local parts of addresses, numbers of hosts, ids and tokens; alike texts become the same."""
    short = (text or "").strip()[: 4 * LONGEST]
    for pattern, instead in ((ADDRESS, "•••@"), (NETWORK, "•"), (SECRET, "•")):
        short = pattern.sub(instead, short)
    return short if len(short) <= LONGEST else f"{short[: LONGEST - 1]}…"
