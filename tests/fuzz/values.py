"""What nobody expects in a payload: odd values, and canaries that must turn up in no log and no metric."""

import random
from typing import Any

CANARY = "quillfeather"  # in every one of them, whatever its case
CANARIES = (
    "Zanzibar Quillfeather",
    "quillfeather@canary.example",
    "xoxb-0-quillfeather",
    "sk_live_quillfeather",
    "because quillfeather lost a laptop",
)

# JSON that Python's encoder does not write: `wire.text_of` puts what stands between the marks there, bare.
RAW, AGAIN = "@@raw:{}@@", "@@again@@"

INVISIBLE = "\u200b\u200d\u00ad\u3164\u2800\u2062\ufe0f\u202e\u2066\u00a0\u2003\ufeff"
HOSTILE = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udc00\ud800", "\u202egnp.exe", INVISIBLE, "\r\n\r\nHTTP/1.1 200 OK",
    "<!channel>", "<@U0SECURITY>", "<https://evil.example|approve>", "&lt;!here&gt;", "*bold* `code` ~no~",
    "' OR 1=1 --", "%s%s%n{0}{x!r}", "{{7*7}}{% raw %}", "../../etc/passwd", "null", "None", "true", "\\u0000", "\\",
    "İıſK", "e\u0301" * 50, "🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 20, "００００", "-1", "1e9", "00000000-0000-0000-0000-000000000000",
    "T0ELSEWHERE", "C0NOWHERE", "D0NOWHERE", "https://127.0.0.1:1/", "file:///etc/passwd",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 2**31, 2**53 + 1, -(2**63) - 1, 10**400, 0.1, -0.0, 1e308, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
BARE = ("9" * 5000, "1e999", "-Infinity", "[" * 3000 + "]" * 3000, '{"a":' * 900 + "1" + "}" * 900, "1.", "NaN", "'a'")


def text(rng: random.Random) -> str:
    """Something hostile, a canary, or a great deal of something."""
    match rng.randrange(6):
        case 0:
            return rng.choice(CANARIES)
        case 1:
            return rng.choice(HOSTILE) * rng.choice((1, 2, 300))
        case 2:
            return rng.choice(("a", "é", "\u200b", " ", "\n", "<", "&", "🎉", "A ")) * rng.choice(
                (76, 301, 3001, 40_000)
            )
        case 3:
            return "".join(chr(rng.choice((rng.randrange(0x250), rng.randrange(0x11000)))) for _ in range(12))
        case _:
            return rng.choice(HOSTILE)


def value(rng: random.Random) -> Any:
    """Of any type that JSON has, and some that it has not."""
    match rng.randrange(7):
        case 0:
            return rng.choice((None, True, False, [], {}, [None], [[]], {"": None}, {"id": {}}))
        case 1:
            return rng.choice(NUMBERS)
        case 2:
            return RAW.format(rng.choice(BARE))
        case 3:
            return [text(rng) for _ in range(rng.choice((1, 3, 20)))]
        case 4:
            return {text(rng)[:80]: text(rng), "id": text(rng), "type": text(rng)}
        case _:
            return text(rng)
